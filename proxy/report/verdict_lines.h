#pragma once

#include <string>
#include <vector>

#include "certs/verdict.h"

namespace chainmend::proxy {

/// The paragraphs of verdict_text(), each empty when there is nothing to say.
std::string path_lines(const certs::Verdict& verdict, bool colours);
std::string unused_lines(const certs::Verdict& verdict);
std::string attempt_lines(const certs::Verdict& verdict);
std::string fetch_lines(const certs::Verdict& verdict);
std::string warning_lines(const certs::Verdict& verdict);

/// A paragraph in their manner: the label stands in front of the first line only.
std::string labelled_lines(const char* label, const std::vector<std::string>& lines);

}  // namespace chainmend::proxy
