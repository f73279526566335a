#include "aws/protocol/http.h"

#include "base/encoding.h"

namespace penstock::aws {

SpooledBody::~SpooledBody() {
  if (disk == nullptr || path.empty()) return;
  // A file that was renamed away is absent by now, which `remove` accepts; one that cannot be removed is swept at
  // start.
  (void)disk->remove(path);
}

std::string_view HttpRequest::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

bool HttpRequest::has_header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return true;
  }
  return false;
}

std::vector<std::pair<std::string, std::string>> HttpRequest::query_parameters() const {
  std::vector<std::pair<std::string, std::string>> parameters;
  if (query.empty()) return parameters;
  for (std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    size_t equals = part.find('=');
    std::string_view value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    parameters.emplace_back(uri_decode(part.substr(0, equals), true), uri_decode(value, true));
  }
  return parameters;
}

void HttpResponse::set_header(std::string_view name, std::string_view value) {
  for (auto& [known, held] : headers) {
    if (to_lower(known) == to_lower(name)) {
      held = value;
      return;
    }
  }
  headers.emplace_back(name, value);
}

std::optional<DigestKind> checksum_header_kind(std::string_view header_name) {
  constexpr std::string_view prefix = "x-amz-checksum-";
  if (!header_name.starts_with(prefix)) return std::nullopt;
  std::string_view algorithm = header_name.substr(prefix.size());
  if (algorithm == "crc32") return DigestKind::crc32;
  if (algorithm == "crc32c") return DigestKind::crc32c;
  if (algorithm == "crc64nvme") return DigestKind::crc64nvme;
  if (algorithm == "sha1") return DigestKind::sha1;
  if (algorithm == "sha256") return DigestKind::sha256;
  return std::nullopt;
}

}  // namespace penstock::aws
