#include "config/settings_reader.h"
#include "tests/fuzz/fuzz_input.h"

// No configuration file crashes the reader, and every mistake in it has a place and one printable line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chainmend;
    config::SettingsSources sources;
    sources.file_name = "config.toml";
    sources.file_text = as_text({data, size});
    sources.state_directory = "/state";
    const config::SettingsReading reading = config::read_settings(sources);
    for (const config::Mistake& mistake : reading.mistakes) {
        test::expect(!mistake.where.empty() && test::is_one_line(mistake.where), "a mistake has a place");
        test::expect(!mistake.text.empty() && test::is_one_line(mistake.text),
                     "a mistake is one printable line");
    }
    return 0;
}
