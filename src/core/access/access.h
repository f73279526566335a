// Access: who calls. Access keys of the root, of users and of sessions, and the signing secret of each.
//
// The root key pair and the session secret lie in DATA/credentials.json (0600), made at the first start. Users' keys
// are records. A session (AssumeRole, GetSessionToken) is kept nowhere: its token carries what it stands for under an
// HMAC of the session secret, and its secret access key is derived from its key id, so that a session costs no write,
// survives a restart, and ends by its own date.
#pragma once

#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/outcome.h"
#include "base/random.h"
#include "core/access/directory.h"
#include "core/access/key_pair.h"
#include "store/records.h"

namespace penstock::access {

// Whom a key stands for, as GetCallerIdentity answers it.
struct Identity {
  std::string account;  // 12 digits
  std::string arn;      // arn:aws:iam::ACCOUNT:root | user/PATH/NAME, arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
  std::string user_id;  // the account for root, AIDA..., or AROA...:SESSION
};

// A key pair with what is needed to check a request signed by it.
struct Credential {
  KeyPair keys;
  Identity identity;
  std::string session_token;                       // empty for long-term keys
  Time expiration;                                 // of a session; unset (0) for long-term keys
  std::vector<std::string> session_policies = {};  // documents, or ARNs of managed policies, that limit the session
};

// A user's access key as IAM lists it.
struct AccessKey {
  KeyPair keys;
  std::string user;  // its name
  bool active = true;
  Time created;
};

class Access {
 public:
  struct Options {
    std::string folder;               // the data directory
    std::optional<KeyPair> root_key;  // replaces the stored root key pair
    std::string account;              // replaces the stored account; empty keeps it (123456789012 at first)
  };

  // Reads or makes DATA/credentials.json and loads all users' keys. Errors: DiskError; CredentialsUnreadable when the
  // file is not what this program writes (it is never overwritten then); InvalidAccount, InvalidRootKey for bad
  // options. `wall` is real time even when the platform's clock is virtual: clients sign, and renew sessions, by their
  // own clocks.
  static Outcome<std::unique_ptr<Access>> open(Disk& disk, Random& random, const Clock& wall, store::Records& records,
                                               Options options);

  const std::string& account() const { return account_; }
  const KeyPair& root_key() const { return root_key_; }

  // The credential of `access_key`; for a session also its token is needed. Errors (codes of this module, which the
  // front end turns into its service's): UnknownKey, InactiveKey (like unknown), InvalidToken, ExpiredToken.
  Outcome<Credential> find(std::string_view access_key, std::string_view session_token) const;

  // Who acts as the role in a session of that name. A role that is not in the directory has no id of its own: its name
  // stands for it.
  Identity role_identity(std::string_view role_arn, std::string_view session_name) const;
  // A session for `identity` that ends at `expiration`, limited by policies when there are any.
  Credential make_session(const Identity& identity, Time expiration, const std::vector<std::string>& policies = {});

  // A user's new key, also written to the records.
  AccessKey make_user_key(const std::string& user, const Identity& identity);
  // The keys of a user that has another name or ARN now.
  void rename_user(const std::string& before, const std::string& user, const Identity& identity);
  // False when `user` has no such key.
  bool set_user_key_active(const std::string& user, std::string_view access_key, bool active);
  bool remove_user_key(const std::string& user, std::string_view access_key);
  std::vector<AccessKey> user_keys(std::string_view user) const;  // oldest first
  std::optional<AccessKey> user_key(std::string_view access_key) const;
  Directory& directory() { return directory_; }
  const Clock& wall() const { return wall_; }

  // A unique id as IAM makes them: `prefix` (AROA, AIDA, ANPA) and 17 letters and digits.
  std::string make_id(std::string_view prefix) { return make_id(prefix, 17); }

 private:
  struct UserKey {
    AccessKey key;
    Identity identity;
  };

  Access(Random& random, const Clock& wall, store::Records& records)
      : random_(random), wall_(wall), records_(records), directory_(records) {}
  std::string make_id(std::string_view prefix, size_t length);
  std::string make_key_id(std::string_view prefix) { return make_id(prefix, 16); }
  void load_user_keys();
  Outcome<Credential> find_session(std::string_view access_key, std::string_view token) const;
  std::string session_secret_of(std::string_view access_key) const;
  void store_user_key(const UserKey& key);

  Random& random_;
  const Clock& wall_;
  store::Records& records_;
  Directory directory_;
  std::string account_;
  KeyPair root_key_;
  std::string session_secret_;  // 32 raw bytes
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, UserKey> user_keys_;  // by access key id
};

}  // namespace penstock::access
