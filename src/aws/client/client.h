// Client: how the commands call a server, over the same signed HTTP as any SDK. Endpoint, keys and region come from the
// variables every AWS client reads (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
// AWS_REGION or AWS_DEFAULT_REGION); without them, from the data directory of a server on this machine.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "aws/protocol/http.h"
#include "aws/protocol/signature.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/json.h"
#include "base/network.h"
#include "base/outcome.h"

namespace penstock::aws {

struct ClientOptions {
  std::string endpoint;  // http://host:port
  access::KeyPair keys;
  std::string session_token;
  std::string region;
};

// Reads the environment as said above. Error "NoCredentials" says what to set.
Outcome<ClientOptions> read_client_options(Disk& disk);

// The data directory when none is named: $PENSTOCK_DATA, else ~/.local/share/penstock.
std::string default_data_folder();

class Client {
 public:
  Client(Network& network, Clock& clock, ClientOptions options);

  const ClientOptions& options() const { return options_; }

  // A JSON-protocol operation: call("states", "StartExecution", {...}). An error answer becomes its Error.
  Outcome<Json> call(std::string_view service, std::string_view operation, const Json& parameters);
  // The account number of the caller (STS).
  Outcome<std::string> account();

  // S3. `key` is not encoded. Errors carry S3's codes ("NoSuchKey", "404" for heads).
  struct Head {
    uint64_t size = 0;
    std::string etag;
  };
  Outcome<void> create_bucket(std::string_view bucket);  // there already and ours: fine
  Outcome<void> put_object(std::string_view bucket, std::string_view key, const std::string& bytes);
  // The same of a file, which is read twice (for the signature, and to send it) and never held in memory.
  Outcome<void> put_file(std::string_view bucket, std::string_view key, Disk& disk, const std::string& path);
  Outcome<Head> head_object(std::string_view bucket, std::string_view key);
  Outcome<std::string> get_object(std::string_view bucket, std::string_view key);
  // At most `size` bytes of it from `offset` on, which must lie before its end.
  Outcome<std::string> get_range(std::string_view bucket, std::string_view key, uint64_t offset, uint64_t size);
  struct Listed {
    std::string key;
    uint64_t size = 0;
  };
  // Every object under `prefix`, in the order of keys.
  Outcome<std::vector<Listed>> list_objects(std::string_view bucket, std::string_view prefix);
  // Whether at least one object is under `prefix`.
  Outcome<bool> has_objects(std::string_view bucket, std::string_view prefix);
  Outcome<void> head_bucket(std::string_view bucket);

  // An IAM query call; the answer's XML text.
  Outcome<std::string> query(std::string_view service, std::string_view version, std::string_view action,
                             const std::vector<std::pair<std::string, std::string>>& parameters);

 private:
  // A body that is a file, with the size and digest it had when it was looked at.
  struct FileBody {
    File* file = nullptr;
    uint64_t size = 0;
    std::string sha256;  // hex
  };
  Outcome<HttpResponse> send(std::string_view service, HttpRequest request, const FileBody* content = nullptr);
  Outcome<HttpResponse> exchange(const std::string& text, bool head, const FileBody* content);
  Outcome<HttpResponse> exchange_once(const std::string& text, bool head, const FileBody* content);
  Outcome<HttpResponse> s3(std::string_view method, std::string_view bucket, std::string_view key, std::string query,
                           std::string body, std::string range = {});

  Network& network_;
  Clock& clock_;
  ClientOptions options_;
  std::string host_;
  uint16_t port_ = 80;
  std::unique_ptr<Network::Connection> connection_;
};

}  // namespace penstock::aws
