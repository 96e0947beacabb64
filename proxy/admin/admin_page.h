#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "proxy/admin/status.h"
#include "proxy/http/request_head.h"
#include "proxy/http/request_parser.h"
#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// One answer.
struct AdminPage {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};

/// What `head` asks for. `own` is the address that was connected to. `status` is called at most once.
AdminPage admin_page(const RequestHead& head, const IpAddress& own, const std::function<Status()>& status);
/// For what the parser would not take.
AdminPage admin_page(const RequestParser::Refusal& refusal);

/// Whether `method` asks for a page: GET, or HEAD for all of it but its content (RFC 9110 section 9.3.2).
bool asks_for_page(std::string_view method);
/// The whole HTTP/1.1 response to `method`, with "Connection: close".
std::string admin_response(const AdminPage& page, std::string_view method);

}  // namespace chainmend::proxy
