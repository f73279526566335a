#include "aws/s3/post_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/protocol/sigv4.h"
#include "aws/s3/errors.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "core/access/access.h"

namespace penstock::aws::s3 {

namespace {

constexpr std::string_view form_type = "multipart/form-data";

Error malformed_form() {
  return {"MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.", 400, {}};
}

// A parameter of a header: name="..." or name=...
std::string parameter(std::string_view header, std::string_view name) {
  for (std::string_view part : split(header, ';')) {
    part = trim(part);
    size_t equals = part.find('=');
    if (equals == std::string_view::npos || to_lower(trim(part.substr(0, equals))) != name) continue;
    std::string_view value = trim(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

struct FormPart {
  std::string name, file_name, content_type;
  std::string_view content;
  bool is_file = false;
};

FormPart part_of(std::string_view head, std::string_view content) {
  FormPart part;
  part.content = content;
  for (std::string_view line : split(head, '\n')) {
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name = to_lower(trim(line.substr(0, colon)));
    std::string_view value = trim(line.substr(colon + 1));
    if (name == "content-type") part.content_type = value;
    if (name != "content-disposition") continue;
    part.name = parameter(value, "name");
    part.file_name = parameter(value, "filename");
  }
  part.is_file = to_lower(part.name) == "file";
  return part;
}

// Splits a body at its boundary.
Outcome<std::vector<FormPart>> parts_of(std::string_view body, const std::string& boundary) {
  std::vector<FormPart> parts;
  std::string mark = "--" + boundary;
  size_t start = body.find(mark);
  while (start != std::string_view::npos) {
    start += mark.size();
    if (body.substr(start, 2) == "--") return parts;
    size_t line = body.find('\n', start);
    size_t end = line == std::string_view::npos ? line : body.find("\r\n" + mark, line);
    size_t blank = line == std::string_view::npos ? line : body.find("\r\n\r\n", line - 1);
    if (end == std::string_view::npos || blank == std::string_view::npos || blank > end) return malformed_form();
    std::string_view head = body.substr(line + 1, blank > line ? blank - line - 1 : 0);
    size_t content = blank + 4;
    parts.push_back(part_of(head, body.substr(content, end >= content ? end - content : 0)));
    start = end + 2;
  }
  return malformed_form();
}

constexpr std::array<std::string_view, 6> plain_headers = {
    "cache-control", "content-type", "content-disposition", "content-encoding", "content-language", "expires"};

// The header of a PutObject that a field stands for, or empty.
std::string header_of(const std::string& field) {
  if (std::ranges::find(plain_headers, field) != plain_headers.end()) return field;
  if (field == "acl") return "x-amz-acl";
  bool of_signature = field == "x-amz-signature" || field == "x-amz-credential" || field == "x-amz-date" ||
                      field == "x-amz-algorithm" || field == "x-amz-security-token";
  return field.starts_with("x-amz-") && !of_signature ? field : std::string();
}

}  // namespace

bool is_form_upload(const HttpRequest& request) {
  return request.method == "POST" && to_lower(request.header("content-type")).starts_with(form_type);
}

const std::string* PostForm::find(std::string_view name) const {
  auto found = std::ranges::find_if(fields, [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

Outcome<PostForm> parse_form(std::string_view content_type, std::string_view body) {
  std::string boundary = parameter(content_type, "boundary");
  if (boundary.empty()) return malformed_form();
  auto parts = parts_of(body, boundary);
  if (!parts) return parts.error();
  PostForm form;
  for (const FormPart& part : *parts) {
    if (part.is_file) {
      // What comes after the file does not count.
      form.file = std::string(part.content);
      form.file_name = part.file_name.substr(part.file_name.find_last_of("/\\") + 1);
      return form;
    }
    form.fields.emplace_back(to_lower(part.name), std::string(part.content));
  }
  return form;
}

namespace {

Outcome<std::string> key_of(const PostForm& form) {
  const std::string* key = form.find("key");
  if (key == nullptr) {
    return invalid_argument(
        "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
        "key", "");
  }
  return replace_all(*key, "${filename}", form.file_name);
}

Error missing_field(std::string_view name) {
  return invalid_argument(
      fmt::format("Bucket POST must contain a field named '{}'.  If it is specified, please check the "
                  "order of the fields.",
                  name),
      name, "");
}

Error wrong_signature(const std::string& access_key, const std::string& policy, const std::string& signature) {
  return {"SignatureDoesNotMatch",
          "The request signature we calculated does not match the signature you provided. Check your key and signing "
          "method.",
          403,
          {{"AWSAccessKeyId", access_key}, {"StringToSign", policy}, {"SignatureProvided", signature}}};
}

// What signs a form: the names of its fields differ with the version of the signature.
struct FormSignature {
  std::string access_key, signature, region;
  sigv4::Claim claim;  // version 4
  bool version_2 = false;
};

Outcome<FormSignature> signature_of(const PostForm& form) {
  FormSignature found;
  const std::string* v4 = form.find("x-amz-signature");
  const std::string* v2 = form.find("signature");
  if (v4 == nullptr) {
    const std::string* key = form.find("awsaccesskeyid");
    if (key == nullptr) return missing_field("AWSAccessKeyId");
    if (v2 == nullptr) return missing_field("signature");
    return FormSignature{*key, *v2, "us-east-1", {}, true};
  }
  const std::string* credential = form.find("x-amz-credential");
  if (credential == nullptr) return missing_field("X-Amz-Credential");
  std::vector<std::string_view> parts = split(*credential, '/');
  if (parts.size() != 5) {
    return invalid_argument("Error parsing the X-Amz-Credential field", "X-Amz-Credential", *credential);
  }
  found.access_key = parts[0];
  found.signature = *v4;
  found.claim.date = parts[1];
  found.claim.region = found.region = parts[2];
  found.claim.service = parts[3];
  return found;
}

// Who signed the policy.
Outcome<Caller> check_signature(Platform& platform, const PostForm& form, const std::string& policy,
                                const FormSignature& signature) {
  const std::string* token = form.find("x-amz-security-token");
  auto credential = platform.access.find(signature.access_key, token == nullptr ? "" : *token);
  if (!credential) {
    return Error{"InvalidAccessKeyId",
                 "The AWS Access Key Id you provided does not exist in our records.",
                 403,
                 {{"AWSAccessKeyId", signature.access_key}}};
  }
  std::string expected =
      signature.version_2
          ? to_base64(hmac_sha1(credential->keys.secret, policy))
          : to_hex(hmac_sha256(sigv4::derive_signing_key(credential->keys.secret, signature.claim), policy));
  if (!equal_in_constant_time(expected, signature.signature)) {
    return wrong_signature(signature.access_key, policy, signature.signature);
  }
  return Caller{credential->identity.account, credential->identity.arn, credential->identity.user_id,
                signature.access_key, credential->session_policies};
}

// The header for the field "tagging", whose XML the API reference shows.
Outcome<std::string> tagging_header(const std::string& xml) {
  std::string header;
  size_t at = 0;
  auto next = [&](std::string_view element) -> std::optional<std::string> {
    std::string open = fmt::format("<{}>", element);
    size_t start = xml.find(open, at);
    size_t end = start == std::string::npos ? start : xml.find(fmt::format("</{}>", element), start);
    if (end == std::string::npos) return std::nullopt;
    at = end;
    return xml.substr(start + open.size(), end - start - open.size());
  };
  if (xml.find("<TagSet") == std::string::npos) return malformed_xml();
  while (auto key = next("Key")) {
    auto value = next("Value");
    if (!value) return malformed_xml();
    header += fmt::format("{}{}={}", header.empty() ? "" : "&", uri_encode(*key), uri_encode(*value));
  }
  return header;
}

Outcome<void> set_headers(const PostForm& form, HttpRequest& put) {
  for (const auto& [name, value] : form.fields) {
    if (name == "tagging") {
      auto header = tagging_header(value);
      if (!header) return header.error();
      put.headers.emplace_back("x-amz-tagging", std::move(*header));
    } else if (std::string header = header_of(name); !header.empty()) {
      put.headers.emplace_back(std::move(header), value);
    } else if (name.starts_with("success_action") || name == "redirect") {
      put.headers.emplace_back(name, value);  // for form_answer
    }
  }
  return {};
}

}  // namespace

Outcome<FormCall> read_form_upload(Platform& platform, const HttpRequest& request, std::string_view bucket,
                                   std::string_view body) {
  auto form = parse_form(request.header("content-type"), body);
  if (!form) return form.error();
  auto key = key_of(*form);
  if (!key) return key.error();
  if (!form->file) return invalid_argument("POST requires exactly one file upload per request.", "file", "0");
  const std::string* policy = form->find("policy");
  if (policy == nullptr) {
    // Nobody has signed it: nobody in particular asks, and no bucket here takes what nobody signed.
    return Error{"AccessDenied", "Access Denied", 403, {}};
  }
  auto signature = signature_of(*form);
  if (!signature) return signature.error();
  auto caller = check_signature(platform, *form, *policy, *signature);
  if (!caller) return caller.error();
  auto allowed = check_post_policy(*policy, *form, bucket, platform.access.wall().now());
  if (!allowed) return allowed.error();
  FormCall call;
  call.caller = std::move(*caller);
  call.region = signature->region;
  call.put.method = "PUT";
  call.put.path = fmt::format("/{}/{}", bucket, uri_encode(*key, true));
  call.put.remote_address = request.remote_address;
  if (auto set = set_headers(*form, call.put); !set) return set.error();
  call.put.body.bytes = std::move(*form->file);
  return call;
}

HttpResponse form_answer(const HttpRequest& put, HttpResponse answer, std::string_view endpoint) {
  if (answer.status != 200) return answer;
  std::string etag;
  for (const auto& [name, value] : answer.headers) {
    if (to_lower(name) == "etag") etag = value;
  }
  size_t slash = put.path.find('/', 1);
  std::string bucket = put.path.substr(1, slash - 1);
  std::string key = put.path.substr(slash + 1);
  std::string location = fmt::format("{}{}", endpoint, put.path);
  std::string redirect(put.header("success_action_redirect"));
  if (redirect.empty()) redirect = put.header("redirect");
  answer.body.clear();
  if (redirect.starts_with("http://") || redirect.starts_with("https://")) {
    answer.status = 303;
    answer.set_header("location",
                      fmt::format("{}{}bucket={}&key={}&etag={}", redirect,
                                  redirect.find('?') == std::string::npos ? "?" : "&", bucket, key, uri_encode(etag)));
    return answer;
  }
  answer.set_header("location", location);
  std::string_view status = put.header("success_action_status");
  answer.status = status == "200" ? 200 : status == "201" ? 201 : 204;
  if (answer.status == 201) {
    answer.set_header("content-type", "application/xml");
    answer.body = fmt::format(
        "<?xml version=\"1.0\" "
        "encoding=\"UTF-8\"?>\n<PostResponse><Location>{}</Location><Bucket>{}</Bucket><Key>{}</Key>"
        "<ETag>{}</ETag></PostResponse>",
        location, bucket, uri_decode(key), replace_all(etag, "\"", "&quot;"));
  }
  return answer;
}

}  // namespace penstock::aws::s3
