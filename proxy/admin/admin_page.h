#pragma once

#include <functional>
#include <string>

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

/// The whole HTTP/1.1 response, with "Connection: close".
std::string admin_response(const AdminPage& page);

}  // namespace chainmend::proxy
