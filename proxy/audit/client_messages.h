#pragma once

#include <string>
#include <vector>

#include "certs/verdict.h"

namespace chainmend::proxy {

/// How clients without chainmend fail at a server like this, as they word it: "curl: (60) SSL certificate
/// problem: ...", or "curl: does not notice". Of an accepted verdict those that fail for what was repaired or
/// excepted; empty when nothing is wrong.
std::vector<std::string> client_messages(const certs::Verdict& verdict);

/// Whether OpenSSL fails at what is wrong with this server, so that a command made of it can prove the
/// repair.
bool openssl_notices(const certs::Verdict& verdict);

}  // namespace chainmend::proxy
