#include "core/access/access.h"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"

namespace penstock::access {

namespace {

constexpr std::string_view key_kind = "iam.access_key";
constexpr std::string_view default_account = "123456789012";
constexpr std::string_view id_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view secret_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr size_t secret_length = 40;
constexpr size_t session_secret_bytes = 32;
constexpr size_t mac_bytes = 32;

Error unknown_key() {
  return Error{"UnknownKey", "The access key is not known here.", 403};
}
Error invalid_token() {
  return Error{"InvalidToken", "The session token does not belong to the access key.", 403};
}

bool is_account(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Json to_json(const AccessKey& key, const Identity& identity) {
  return Json::object({{"secret", key.keys.secret},
                       {"user", key.user},
                       {"active", key.active},
                       {"created", key.created.microseconds},
                       {"account", identity.account},
                       {"arn", identity.arn},
                       {"user_id", identity.user_id}});
}

}  // namespace

Outcome<std::unique_ptr<Access>> Access::open(Disk& disk, Random& random, const Clock& wall, store::Records& records,
                                              Options options) {
  std::unique_ptr<Access> access(new Access(random, wall, records));
  const std::string path = options.folder + "/credentials.json";
  Json stored;
  if (disk.exists(path)) {
    Outcome<std::string> text = disk.read_file(path);
    if (!text) return text.error();
    Outcome<Json> parsed = parse_json(*text);
    std::optional<std::string> secret;
    if (parsed) secret = from_hex(parsed->text("session_secret"));
    if (!secret || secret->size() != session_secret_bytes || !is_account(parsed->text("account")) ||
        parsed->text("access_key").empty() || parsed->text("secret_key").empty()) {
      return Error{"CredentialsUnreadable",
                   path + " is damaged; restore it, or move it away to have a new key pair made", 500};
    }
    stored = std::move(*parsed);
    access->session_secret_ = std::move(*secret);
  }
  const Json before = stored;
  if (stored.is_null()) {
    for (size_t i = 0; i < session_secret_bytes; ++i)
      access->session_secret_.push_back(static_cast<char>(random.next()));
    stored.set("account", default_account);
    stored.set("access_key", access->make_key_id("AKIA"));
    stored.set("secret_key", random.text(secret_length, secret_alphabet));
    stored.set("session_secret", to_hex(access->session_secret_));
  }
  if (!options.account.empty()) {
    if (!is_account(options.account)) {
      return Error{"InvalidAccount", "'" + options.account + "' is not an account: it must be 12 digits"};
    }
    stored.set("account", options.account);
  }
  if (options.root_key) {
    if (options.root_key->access_key.empty() || options.root_key->secret.empty()) {
      return Error{"InvalidRootKey", "a root key is given as ID:SECRET, neither of them empty"};
    }
    stored.set("access_key", options.root_key->access_key);
    stored.set("secret_key", options.root_key->secret);
  }
  if (!(stored == before)) {
    Outcome<void> written = disk.write_file_atomically(path, to_pretty_string(stored) + "\n", 0600);
    if (!written) return written.error();
  }
  access->account_ = stored.text("account");
  access->root_key_ = {std::string(stored.text("access_key")), std::string(stored.text("secret_key"))};
  access->load_user_keys();
  return access;
}

void Access::load_user_keys() {
  for (const store::Records::Record& record : records_.list(key_kind)) {
    const Json& value = record.value;
    UserKey key;
    key.key.keys = {record.key, std::string(value.text("secret"))};
    key.key.user = value.text("user");
    key.key.active = value["active"].is_boolean() && value["active"].as_boolean();
    key.key.created = Time{value["created"].is_number() ? value["created"].as_integer().value_or(0) : 0};
    key.identity = {std::string(value.text("account")), std::string(value.text("arn")),
                    std::string(value.text("user_id"))};
    user_keys_.emplace(record.key, std::move(key));
  }
}

Outcome<Credential> Access::find(std::string_view access_key, std::string_view session_token) const {
  if (!session_token.empty()) return find_session(access_key, session_token);
  if (access_key == root_key_.access_key) {
    return Credential{root_key_, {account_, "arn:aws:iam::" + account_ + ":root", account_}, {}, {}};
  }
  std::shared_lock lock(mutex_);
  auto found = user_keys_.find(std::string(access_key));
  if (found == user_keys_.end()) return unknown_key();
  const UserKey& key = found->second;
  if (!key.key.active) return Error{"InactiveKey", "The access key is inactive.", 403};
  return Credential{key.key.keys, key.identity, {}, {}};
}

std::string Access::session_secret_of(std::string_view access_key) const {
  std::string label = "secret access key of ";
  label.append(access_key);
  return to_base64(hmac_sha256(session_secret_, label)).substr(0, secret_length);
}

Identity Access::role_identity(std::string_view role_arn, std::string_view session_name) const {
  std::string name(role_arn.substr(role_arn.rfind('/') + 1));
  std::string id = name;
  Outcome<Principal> role = directory_.find(PrincipalKind::role, name);
  if (role && role->arn == role_arn) {
    name = role->name;
    id = role->id;
  }
  std::string session = "/" + std::string(session_name);
  return {account_, "arn:aws:sts::" + account_ + ":assumed-role/" + name + session,
          id + ":" + std::string(session_name)};
}

Credential Access::make_session(const Identity& identity, Time expiration, const std::vector<std::string>& policies) {
  std::string access_key = make_key_id("ASIA");
  Json record = Json::object({{"key", access_key},
                              {"account", identity.account},
                              {"arn", identity.arn},
                              {"user_id", identity.user_id},
                              {"expiration", expiration.microseconds}});
  for (const std::string& policy : policies) record.mutable_at("policies").push_back(policy);
  std::string content = to_string(record);
  std::string token = to_base64(hmac_sha256(session_secret_, "session token " + content) + content);
  return Credential{{access_key, session_secret_of(access_key)}, identity, std::move(token), expiration, policies};
}

Outcome<Credential> Access::find_session(std::string_view access_key, std::string_view token) const {
  std::optional<std::string> bytes = from_base64(token);
  if (!bytes || bytes->size() <= mac_bytes) return invalid_token();
  std::string_view mac = std::string_view(*bytes).substr(0, mac_bytes);
  std::string signed_text = "session token " + bytes->substr(mac_bytes);
  if (!equal_in_constant_time(mac, hmac_sha256(session_secret_, signed_text))) return invalid_token();
  Outcome<Json> content = parse_json(std::string_view(*bytes).substr(mac_bytes));
  if (!content || content->text("key") != access_key) return invalid_token();
  Time expiration{(*content)["expiration"].as_integer().value_or(0)};
  if (expiration <= wall_.now()) return Error{"ExpiredToken", "The session has ended.", 403};
  Identity identity{std::string(content->text("account")), std::string(content->text("arn")),
                    std::string(content->text("user_id"))};
  std::vector<std::string> policies;
  if (const Json& listed = (*content)["policies"]; listed.is_array()) {
    for (const Json& policy : listed.items()) policies.emplace_back(policy.as_string());
  }
  return Credential{{std::string(access_key), session_secret_of(access_key)},
                    std::move(identity),
                    std::string(token),
                    expiration,
                    std::move(policies)};
}

void Access::store_user_key(const UserKey& key) {
  records_.put(key_kind, key.key.keys.access_key, to_json(key.key, key.identity));
}

AccessKey Access::make_user_key(const std::string& user, const Identity& identity) {
  UserKey key;
  key.key.keys = {make_key_id("AKIA"), random_.text(secret_length, secret_alphabet)};
  key.key.user = user;
  key.key.created = whole_seconds(wall_.now());
  key.identity = identity;
  std::unique_lock lock(mutex_);
  store_user_key(key);
  user_keys_[key.key.keys.access_key] = key;
  return key.key;
}

void Access::rename_user(const std::string& before, const std::string& user, const Identity& identity) {
  std::unique_lock lock(mutex_);
  for (auto& [id, key] : user_keys_) {
    if (key.key.user != before) continue;
    key.key.user = user;
    key.identity = identity;
    store_user_key(key);
  }
}

bool Access::set_user_key_active(const std::string& user, std::string_view access_key, bool active) {
  std::unique_lock lock(mutex_);
  auto found = user_keys_.find(std::string(access_key));
  if (found == user_keys_.end() || found->second.key.user != user) return false;
  found->second.key.active = active;
  store_user_key(found->second);
  return true;
}

bool Access::remove_user_key(const std::string& user, std::string_view access_key) {
  std::unique_lock lock(mutex_);
  auto found = user_keys_.find(std::string(access_key));
  if (found == user_keys_.end() || found->second.key.user != user) return false;
  user_keys_.erase(found);
  records_.erase(key_kind, access_key);
  return true;
}

std::vector<AccessKey> Access::user_keys(std::string_view user) const {
  std::vector<AccessKey> keys;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [id, key] : user_keys_) {
      if (key.key.user == user) keys.push_back(key.key);
    }
  }
  std::sort(keys.begin(), keys.end(), [](const AccessKey& left, const AccessKey& right) {
    return std::tie(left.created, left.keys.access_key) < std::tie(right.created, right.keys.access_key);
  });
  return keys;
}

std::optional<AccessKey> Access::user_key(std::string_view access_key) const {
  std::shared_lock lock(mutex_);
  auto found = user_keys_.find(std::string(access_key));
  if (found == user_keys_.end()) return std::nullopt;
  return found->second.key;
}

std::string Access::make_id(std::string_view prefix, size_t length) {
  std::string id(prefix);
  id += random_.text(length, id_alphabet);
  return id;
}

}  // namespace penstock::access
