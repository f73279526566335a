#include <functional>
#include <map>

#include "aws/protocol/query_codec.h"
#include "aws/protocol/rest_route.h"
#include "aws/protocol/sigv4.h"
#include "base/assert.h"
#include "server/request_parser.h"
#include "targets.h"
#include "vectors.h"

namespace penstock::fuzz {

namespace {

using aws::Protocol;
using vectors::Entry;

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = vectors::services();
  return all;
}

// The one of that name; another name chooses any.
const Entry& chosen_entry(std::string_view name) {
  for (const Entry& entry : entries()) {
    if (entry.name == name) return entry;
  }
  return entries()[std::hash<std::string_view>()(name) % entries().size()];
}

const aws::RestRoutes& routes_of(const aws::ServiceModel& service) {
  static std::map<const aws::ServiceModel*, aws::RestRoutes> all;
  return all.try_emplace(&service, service).first->second;
}

void read_signature(const aws::HttpRequest& request) {
  const auto family = aws::sigv4::family_of(request);
  const auto claim = aws::sigv4::read_claim(request, family);
  if (!claim) return;
  const std::string canonical = aws::sigv4::canonical_request(request, *claim, "UNSIGNED-PAYLOAD");
  (void)aws::sigv4::string_to_sign(*claim, canonical);
}

// The struct that a request becomes; when it is right, also what is answered from an error.
void read_input(const Entry& entry, Protocol protocol, aws::HttpRequest& request) {
  aws::Labels labels;
  const Entry* chosen = &entry;
  if (protocol == Protocol::rest_xml || protocol == Protocol::rest_json) {
    const aws::RestMatch match = routes_of(*entry.model->service).match(request, request.path);
    if (!match.operation) return;
    labels = match.labels;
    for (const Entry& other : entries()) {
      if (other.model == match.operation) chosen = &other;
    }
  }
  const auto exchange = aws::make_exchange(protocol, entry.model->service, request, "fuzz");
  const auto params = chosen->read(protocol, request, labels);
  if (!params) {
    const aws::HttpResponse response = aws::write_error(exchange, params.error());
    PENSTOCK_ASSERT(response.status >= 400);
  }
}

}  // namespace

// The first line names the operation, "s3/GetObject" (for the REST protocols only its service counts); the rest is the
// request.
void protocol(std::string_view bytes) {
  const size_t line_end = bytes.find('\n');
  if (line_end == std::string_view::npos) return;
  const Entry& entry = chosen_entry(bytes.substr(0, line_end));
  bytes.remove_prefix(line_end + 1);
  server::RequestParser parser(64 * 1024);
  std::string body;
  for (int feeds = 0; feeds < 1'000 && !bytes.empty(); ++feeds) {
    const size_t used = parser.feed(bytes, [&](std::string_view piece) { body.append(piece); });
    PENSTOCK_ASSERT(used <= bytes.size());
    bytes.remove_prefix(used);
    if (parser.failure() != server::RequestParser::Failure::none || parser.done()) break;
    if (used == 0 && !parser.headers_done()) return;
    if (used == 0) break;
  }
  if (!parser.headers_done() || parser.failure() != server::RequestParser::Failure::none) return;
  aws::HttpRequest request = parser.take_head();
  request.body.bytes = std::move(body);
  read_signature(request);
  (void)request.query_parameters();
  (void)aws::query_action(request);
  for (const Protocol protocol : entry.model->service->protocols) {
    aws::HttpRequest copy = request;
    read_input(entry, protocol, copy);
  }
}

}  // namespace penstock::fuzz
