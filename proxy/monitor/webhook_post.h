#pragma once

#include <functional>
#include <string>

#include "proxy/fetch/url.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

struct WebhookRequest {
    Url url;
    std::string token;  ///< sent as "Authorization: Bearer TOKEN"; empty: none
    std::string body;   ///< JSON
    std::chrono::milliseconds timeout = std::chrono::seconds{10};  ///< for everything
};

/// One POST of JSON under the snapshot in force. With https the server is dialled and verified as for a
/// client, and nothing is sent to it before it was found good. `trouble` is one line, empty when the answer
/// was a success (2xx). Redirects are not followed.
OperationPtr start_webhook_post(WorkerParts& parts, WebhookRequest request,
                                std::function<void(std::string trouble)> completion);

}  // namespace chainmend::proxy
