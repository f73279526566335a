#include "aws/client/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/digest.h"
#include "base/encoding.h"

namespace penstock::aws {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The text between <tag> and </tag>, unescaped; the answers read here are flat.
std::string xml_text(std::string_view xml, std::string_view tag) {
  const std::string open = fmt::format("<{}>", tag);
  const size_t start = xml.find(open);
  if (start == std::string_view::npos) return "";
  const size_t end = xml.find(fmt::format("</{}>", tag), start);
  if (end == std::string_view::npos) return "";
  std::string text(xml.substr(start + open.size(), end - start - open.size()));
  for (const auto& [from, to] : {std::pair{"&lt;", "<"},
                                 {"&gt;", ">"},
                                 {"&quot;", "\""},
                                 {"&#39;", "'"},
                                 {"&apos;", "'"},
                                 {"&#xa;", "\n"},
                                 {"&#xd;", "\r"},
                                 {"&#x9;", "\t"},
                                 {"&amp;", "&"}}) {
    text = replace_all(std::move(text), from, to);
  }
  return text;
}

Error error_of(const HttpResponse& response) {
  if (response.body.starts_with('{')) {
    const auto body = parse_json(response.body);
    if (body) {
      std::string code(body->text("__type"));
      if (const size_t hash = code.rfind('#'); hash != std::string::npos) code.erase(0, hash + 1);
      return Error{code, std::string(body->text("message", body->text("Message"))), response.status};
    }
  }
  std::string code = xml_text(response.body, "Code");
  if (code.empty()) code = std::to_string(response.status);
  return Error{code, xml_text(response.body, "Message"), response.status};
}

// Reads one HTTP/1.1 response from a connection that the server keeps open.
class ResponseReader {
 public:
  ResponseReader(Network::Connection& connection, bool head) : connection_(connection), head_(head) {}

  Outcome<HttpResponse> read() {
    size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (auto more = fill(); !more) return more.error();
    }
    HttpResponse response;
    const std::string header = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    const auto lines = split(header, '\n');
    if (lines[0].size() < 12) return Error{"NetworkError", "the server did not answer in HTTP", 502};
    std::from_chars(lines[0].data() + 9, lines[0].data() + 12, response.status);
    uint64_t length = 0;
    bool chunked = false;
    for (const auto line : std::span(lines).subspan(1)) {
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      const std::string name = to_lower(line.substr(0, colon));
      const std::string value(trim(line.substr(colon + 1)));
      if (name == "content-length") std::from_chars(value.data(), value.data() + value.size(), length);
      if (name == "transfer-encoding") chunked = value == "chunked";
      response.headers.emplace_back(name, value);
    }
    if (head_ || response.status == 204 || response.status == 304) return response;
    if (auto body = chunked ? read_chunks(response.body) : read_bytes(response.body, length); !body)
      return body.error();
    return response;
  }

 private:
  Outcome<void> fill() {
    char chunk[64 * 1024];
    auto received = connection_.read(chunk, sizeof chunk);
    if (!received) return received.error();
    if (*received == 0) return Error{"NetworkError", "the server closed the connection", 502};
    buffer_.append(chunk, *received);
    return {};
  }

  Outcome<void> read_bytes(std::string& out, uint64_t length) {
    while (buffer_.size() < length) {
      if (auto more = fill(); !more) return more.error();
    }
    out.append(buffer_, 0, length);
    buffer_.erase(0, length);
    return {};
  }

  Outcome<void> read_chunks(std::string& out) {
    while (true) {
      size_t end = std::string::npos;
      while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (auto more = fill(); !more) return more.error();
      }
      uint64_t length = 0;
      std::from_chars(buffer_.data(), buffer_.data() + end, length, 16);
      buffer_.erase(0, end + 2);
      if (auto body = read_bytes(out, length); !body) return body;
      std::string line_end;
      if (auto rest = read_bytes(line_end, 2); !rest) return rest;
      if (length == 0) return {};
    }
  }

  Network::Connection& connection_;
  bool head_;
  std::string buffer_;
};

// Feeds the first `size` bytes of a file to `take`, in pieces.
Outcome<void> read_file(File& file, uint64_t size, const std::function<Outcome<void>(std::string_view)>& take) {
  std::string piece(static_cast<size_t>(std::min<uint64_t>(size, 1 << 20)), '\0');
  for (uint64_t offset = 0; offset < size;) {
    auto count =
        file.read_at(offset, piece.data(), static_cast<size_t>(std::min<uint64_t>(size - offset, piece.size())));
    if (!count) return count.error();
    if (*count == 0) return Error{"FileChanged", "the file became shorter while it was read"};
    if (auto taken = take({piece.data(), *count}); !taken) return taken;
    offset += *count;
  }
  return {};
}

std::string target_prefix(std::string_view service) {
  if (service == "states") return "AWSStepFunctions.";
  if (service == "logs") return "Logs_20140328.";
  return "SageMaker.";
}

}  // namespace

std::string default_data_folder() {
  const std::string named = variable("PENSTOCK_DATA");
  return named.empty() ? variable("HOME") + "/.local/share/penstock" : named;
}

Outcome<ClientOptions> read_client_options(Disk& disk) {
  ClientOptions options;
  options.endpoint = variable("AWS_ENDPOINT_URL");
  options.keys = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")};
  options.session_token = variable("AWS_SESSION_TOKEN");
  options.region = variable("AWS_REGION");
  if (options.region.empty()) options.region = variable("AWS_DEFAULT_REGION");
  if (options.region.empty()) options.region = "us-east-1";
  const std::string folder = default_data_folder();
  if (options.endpoint.empty()) {
    const auto endpoint = disk.read_file(folder + "/endpoint");
    options.endpoint = endpoint ? std::string(trim(*endpoint)) : "http://127.0.0.1:4700";
  }
  if (!options.keys.access_key.empty()) return options;
  const auto text = disk.read_file(folder + "/credentials.json");
  const auto credentials = text ? parse_json(*text) : Outcome<Json>(text.error());
  if (!credentials) {
    return Error{
        "NoCredentials",
        fmt::format("no access key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (`eval \"$(penstock env)\"` does), "
                    "or run on the server's machine with PENSTOCK_DATA naming its data directory (tried {})",
                    folder)};
  }
  options.keys = {std::string(credentials->text("access_key")), std::string(credentials->text("secret_key"))};
  return options;
}

Client::Client(Network& network, Clock& clock, ClientOptions options)
    : network_(network), clock_(clock), options_(std::move(options)) {
  std::string_view rest = options_.endpoint;
  if (const size_t scheme = rest.find("://"); scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
  rest = rest.substr(0, rest.find('/'));
  const size_t colon = rest.rfind(':');
  host_ = std::string(rest.substr(0, colon));
  if (colon != std::string_view::npos) {
    const std::string_view port = rest.substr(colon + 1);
    std::from_chars(port.data(), port.data() + port.size(), port_);
  }
}

Outcome<HttpResponse> Client::exchange(const std::string& text, bool head, const FileBody* content) {
  // A connection that stood idle may have been closed by the server: then once more on a new one.
  for (int attempt = 0;; ++attempt) {
    const bool reused = connection_ != nullptr;
    if (!connection_) {
      auto connection = network_.connect(host_, port_);
      if (!connection) {
        Error error = connection.error();
        error.message += ": is the server running? (penstock serve)";
        return error;
      }
      connection_ = *std::move(connection);
    }
    auto response = exchange_once(text, head, content);
    if (response) return response;
    connection_.reset();
    if (!reused || attempt > 0 || response.error().code != "NetworkError") return response;
  }
}

Outcome<HttpResponse> Client::exchange_once(const std::string& text, bool head, const FileBody* content) {
  if (auto written = connection_->write(text); !written) return written.error();
  if (content) {
    auto sent =
        read_file(*content->file, content->size, [&](std::string_view piece) { return connection_->write(piece); });
    // A server that refuses a body by its headers answers early and closes: its answer says more.
    if (!sent && sent.error().code != "NetworkError") return sent.error();
  }
  return ResponseReader(*connection_, head).read();
}

Outcome<HttpResponse> Client::send(std::string_view service, HttpRequest request, const FileBody* content) {
  request.headers.emplace_back("host", fmt::format("{}:{}", host_, port_));
  sigv4::sign(request, {options_.keys, options_.session_token, options_.region, std::string(service)}, clock_.now(),
              content ? content->sha256 : std::string());
  std::string text = fmt::format("{} {}{}{} HTTP/1.1\r\n", request.method, request.path,
                                 request.query.empty() ? "" : "?", request.query);
  for (const auto& [name, value] : request.headers) text += fmt::format("{}: {}\r\n", name, value);
  text += fmt::format("content-length: {}\r\n\r\n", content ? content->size : request.body.bytes.size());
  text += request.body.bytes;
  auto response = exchange(text, request.method == "HEAD", content);
  if (response && response->status >= 300) return error_of(*response);
  return response;
}

Outcome<Json> Client::call(std::string_view service, std::string_view operation, const Json& parameters) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/";
  request.headers.emplace_back("content-type",
                               service == "states" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
  request.headers.emplace_back("x-amz-target", target_prefix(service).append(operation));
  request.body.bytes = to_string(parameters);
  auto response = send(service, std::move(request));
  if (!response) return response.error();
  if (response->body.empty()) return Json::object();
  return parse_json(response->body);
}

Outcome<std::string> Client::query(std::string_view service, std::string_view version, std::string_view action,
                                   const std::vector<std::pair<std::string, std::string>>& parameters) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/";
  request.headers.emplace_back("content-type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body.bytes = fmt::format("Action={}&Version={}", action, version);
  for (const auto& [name, value] : parameters) request.body.bytes += fmt::format("&{}={}", name, uri_encode(value));
  auto response = send(service, std::move(request));
  if (!response) return response.error();
  return std::move(response->body);
}

Outcome<std::string> Client::account() {
  auto answer = query("sts", "2011-06-15", "GetCallerIdentity", {});
  if (!answer) return answer.error();
  return xml_text(*answer, "Account");
}

Outcome<HttpResponse> Client::s3(std::string_view method, std::string_view bucket, std::string_view key,
                                 std::string query, std::string body, std::string range) {
  HttpRequest request;
  request.method = method;
  request.path = fmt::format("/{}", bucket);
  if (!key.empty()) request.path += "/" + uri_encode(key, true);
  request.query = std::move(query);
  request.body.bytes = std::move(body);
  if (!range.empty()) request.headers.emplace_back("range", std::move(range));
  return send("s3", std::move(request));
}

Outcome<void> Client::create_bucket(std::string_view bucket) {
  const std::string configuration =
      options_.region == "us-east-1"
          ? ""
          : fmt::format(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{}"
                "</LocationConstraint></CreateBucketConfiguration>",
                options_.region);
  auto response = s3("PUT", bucket, "", "", configuration);
  if (response || response.error().code == "BucketAlreadyOwnedByYou") return {};
  return response.error();
}

Outcome<void> Client::put_object(std::string_view bucket, std::string_view key, const std::string& bytes) {
  auto response = s3("PUT", bucket, key, "", bytes);
  if (!response) return response.error();
  return {};
}

Outcome<void> Client::put_file(std::string_view bucket, std::string_view key, Disk& disk, const std::string& path) {
  auto file = disk.open(path, Disk::Mode::read);
  if (!file) return file.error();
  auto size = (*file)->size();
  if (!size) return size.error();
  Digest sha256(DigestKind::sha256);
  auto hashed = read_file(**file, *size, [&](std::string_view piece) -> Outcome<void> {
    sha256.update(piece);
    return {};
  });
  if (!hashed) return hashed.error();
  HttpRequest request;
  request.method = "PUT";
  request.path = fmt::format("/{}/{}", bucket, uri_encode(key, true));
  const FileBody content{file->get(), *size, to_hex(sha256.finish())};
  auto response = send("s3", std::move(request), &content);
  if (!response) return response.error();
  return {};
}

Outcome<Client::Head> Client::head_object(std::string_view bucket, std::string_view key) {
  auto response = s3("HEAD", bucket, key, "", "");
  if (!response) return response.error();
  Head head;
  for (const auto& [name, value] : response->headers) {
    if (name == "etag") head.etag = value;
    if (name == "content-length") std::from_chars(value.data(), value.data() + value.size(), head.size);
  }
  return head;
}

Outcome<std::string> Client::get_object(std::string_view bucket, std::string_view key) {
  auto response = s3("GET", bucket, key, "", "");
  if (!response) return response.error();
  return std::move(response->body);
}

Outcome<std::string> Client::get_range(std::string_view bucket, std::string_view key, uint64_t offset, uint64_t size) {
  auto response = s3("GET", bucket, key, "", "", fmt::format("bytes={}-{}", offset, offset + size - 1));
  if (!response) return response.error();
  return std::move(response->body);
}

Outcome<std::vector<Client::Listed>> Client::list_objects(std::string_view bucket, std::string_view prefix) {
  std::vector<Listed> listed;
  std::string token;
  do {
    std::string query;  // SigV4 wants the parameters in order
    if (!token.empty()) query = fmt::format("continuation-token={}&", uri_encode(token));
    query += fmt::format("list-type=2&prefix={}", uri_encode(prefix));
    auto response = s3("GET", bucket, "", std::move(query), "");
    if (!response) return response.error();
    const std::string& xml = response->body;
    for (size_t at = xml.find("<Contents>"); at != std::string::npos; at = xml.find("<Contents>", at + 1)) {
      const std::string_view object = std::string_view(xml).substr(at, xml.find("</Contents>", at) - at);
      Listed& one = listed.emplace_back();
      one.key = xml_text(object, "Key");
      const std::string size = xml_text(object, "Size");
      std::from_chars(size.data(), size.data() + size.size(), one.size);
    }
    token = xml_text(xml, "IsTruncated") == "true" ? xml_text(xml, "NextContinuationToken") : "";
  } while (!token.empty());
  return listed;
}

Outcome<bool> Client::has_objects(std::string_view bucket, std::string_view prefix) {
  auto response = s3("GET", bucket, "", fmt::format("list-type=2&max-keys=1&prefix={}", uri_encode(prefix)), "");
  if (!response) return response.error();
  return xml_text(response->body, "KeyCount") != "0";
}

Outcome<void> Client::head_bucket(std::string_view bucket) {
  auto response = s3("HEAD", bucket, "", "", "");
  if (!response) return response.error();
  return {};
}

}  // namespace penstock::aws
