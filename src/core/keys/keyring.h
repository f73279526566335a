// Keyring: KMS keys, their aliases, and encrypting under them with AES-256-GCM. All calls may come from any thread.
//
// A text encrypted under a key is: format (1 byte), key id (16), number of the key's material (4, big-endian), nonce
// (12), the sealed text. The head and the encryption context are bound to it: another context does not open it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/outcome.h"
#include "base/random.h"
#include "core/keys/key.h"
#include "store/records.h"

namespace penstock::keys {

// Whose keys: what a name without an ARN refers to.
struct Place {
  std::string region;
  std::string account;
};

struct Opened {
  std::string plain;
  Key key;  // under which it was
};

class Keyring {
 public:
  // Reads DATA/kms-keys.json. Errors: DiskError; KeysUnreadable when it is not what this program writes.
  static Outcome<std::unique_ptr<Keyring>> open(Disk& disk, Random& random, const Clock& clock, store::Records& records,
                                                const std::string& data);

  // Makes a key with the draft's description, policy (empty: the default one) and tags. DiskError.
  Outcome<Key> create(const Place& place, Key draft);
  // `reference`: an id, the ARN of a key or of an alias, or alias/NAME. NotFoundException.
  Outcome<Key> find(const Place& place, std::string_view reference);
  // The key that a service ("s3", "ssm") uses when no other is named: alias/aws/SERVICE, made when absent.
  Outcome<Key> managed(const Place& place, std::string_view service);
  // Changes a key; the error of `change` leaves it as it was.
  Outcome<Key> edit(const Key& key, const std::function<Outcome<void>(Key&)>& change);
  // In order of their ids, those after `after`.
  std::vector<Key> list(const Place& place, std::string_view after, size_t count);

  // AlreadyExistsException, NotFoundException: in KMS's words.
  Outcome<void> create_alias(const Place& place, const std::string& name, const Key& key);
  Outcome<void> move_alias(const Place& place, const std::string& name, const Key& key);
  Outcome<void> remove_alias(const Place& place, const std::string& name);
  std::vector<Alias> aliases(const Place& place);  // by name

  // `context`: an object of texts, the same to encrypt and to decrypt.
  // Errors: DisabledException, KMSInvalidStateException; NotFoundException, InvalidCiphertextException.
  Outcome<std::string> encrypt(const Key& key, std::string_view plain, const Json& context);
  Outcome<Opened> decrypt(std::string_view sealed, const Json& context);
  // The key under which a text is encrypted. InvalidCiphertextException, NotFoundException.
  Outcome<Key> key_of(std::string_view sealed);

  std::string random_bytes(size_t count);

  // Whether also objects for which nobody asked for encryption are encrypted at rest (serve --encrypt-at-rest).
  void seal_all() { seals_all_ = true; }
  bool seals_all() const { return seals_all_; }

 private:
  Keyring(Disk& disk, Random& random, const Clock& clock, store::Records& records, std::string file)
      : disk_(disk), random_(random), clock_(clock), records_(records), file_(std::move(file)) {}
  Outcome<void> load();
  Outcome<void> save_materials();
  Outcome<Key> find_by_id(std::string_view id);
  // Forgets the key when its deletion is due.
  bool forget_when_due(const Key& key);
  Outcome<void> rotate_when_due(const Key& key);
  Outcome<void> add_material(const std::string& id);

  Disk& disk_;
  Random& random_;
  const Clock& clock_;
  store::Records& records_;
  std::string file_;
  bool seals_all_ = false;  // set before the first call is served
  std::mutex mutex_;        // of the materials
  // By key id: the materials, oldest first; the newest encrypts.
  std::unordered_map<std::string, std::vector<std::string>> materials_;
  std::mutex managed_mutex_;
};

}  // namespace penstock::keys
