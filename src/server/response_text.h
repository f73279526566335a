// The head of an HTTP response as text.
#pragma once

#include <string>
#include <string_view>

#include "aws/protocol/http.h"

namespace penstock::server {

// Status line and headers up to and with the empty line. `keep`: the connection stays open. `date`: an HTTP date.
std::string head_text(const aws::HttpResponse& response, bool is_head, bool keep, std::string_view date);
// RFC 9110: 1xx, 204 and 304 have none.
bool may_have_body(int status);
std::string_view reason_phrase(int status);

}  // namespace penstock::server
