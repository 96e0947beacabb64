#include "proxy/cli/command_line.h"
#include "proxy/io/process.h"

int main(int argc, char** argv) {
    chainmend::proxy::prepare_process();
    return chainmend::proxy::run_command_line(argc, argv);
}
