#include "proxy/files/csv_reader.h"

namespace chainmend::proxy {
namespace {

constexpr std::string_view field_ends = ",\r\n";

}  // namespace

std::optional<std::vector<std::string>> CsvReader::next() {
    while (!rest_.empty() && (rest_.front() == '\r' || rest_.front() == '\n'))
        rest_.remove_prefix(1);
    if (rest_.empty()) return std::nullopt;
    std::vector<std::string> fields{take_field()};
    while (!rest_.empty() && rest_.front() == ',') {
        rest_.remove_prefix(1);
        fields.push_back(take_field());
    }
    return fields;
}

std::string CsvReader::take_field() {
    std::string field;
    if (!rest_.empty() && rest_.front() == '"') {
        rest_.remove_prefix(1);
        while (!rest_.empty()) {
            const std::size_t quote = rest_.find('"');
            field += rest_.substr(0, quote);
            rest_.remove_prefix(quote == std::string_view::npos ? rest_.size() : quote + 1);
            if (rest_.empty() || rest_.front() != '"') break;
            field += '"';
            rest_.remove_prefix(1);
        }
    }
    // What follows a closing quote up to the comma is not in the RFC; it is kept rather than lost.
    const std::size_t end = rest_.find_first_of(field_ends);
    field += rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    return field;
}

}  // namespace chainmend::proxy
