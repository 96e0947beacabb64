#include <algorithm>

#include "proxy/cli/command_line.h"
#include "proxy/cli/console.h"
#include "proxy/io/process.h"

int main(int argc, char** argv) {
    using namespace chainmend::proxy;
    // Before anything is changed: a command that is run for the user gets the environment as the user has it.
    Console console = Console::of_process();
    if (argc > 0) console.program = argv[0];
    prepare_process();
    return run_command_line({argv + std::min(argc, 1), argv + argc}, console);
}
