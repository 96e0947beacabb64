#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainmend::proxy {

/// Reads comma-separated values as spreadsheets write them (RFC 4180): quoted fields may hold commas, doubled
/// quotes and line ends; lines end in CRLF, LF or CR, mixed as they come. The text must outlive it.
class CsvReader {
  public:
    explicit CsvReader(std::string_view text) : rest_(text) {}

    /// The fields of the next line that is not empty; nullopt at the end.
    std::optional<std::vector<std::string>> next();

  private:
    std::string take_field();

    std::string_view rest_;
};

}  // namespace chainmend::proxy
