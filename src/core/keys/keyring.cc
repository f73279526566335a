#include "core/keys/keyring.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cipher.h"
#include "base/encoding.h"
#include "base/json_read.h"

namespace penstock::keys {

namespace {

constexpr char format = 1;
constexpr size_t id_bytes = 16;
constexpr size_t head_bytes = 1 + id_bytes + 4;
constexpr int owner_only = 0600;

std::string key_arn(const Place& place, std::string_view id) {
  return fmt::format("arn:aws:kms:{}:{}:key/{}", place.region, place.account, id);
}

std::string alias_arn(const Place& place, std::string_view name) {
  return fmt::format("arn:aws:kms:{}:{}:{}", place.region, place.account, name);
}

Error no_such_key(std::string_view arn) {
  return {"NotFoundException", fmt::format("Key '{}' does not exist", arn)};
}

Error no_such_alias(const Place& place, std::string_view name) {
  return {"NotFoundException", fmt::format("Alias {} is not found.", alias_arn(place, name))};
}

Error invalid_ciphertext() {
  return {"InvalidCiphertextException", ""};
}

std::optional<std::string> bytes_of_id(std::string_view id) {
  return from_hex(replace_all(std::string(id), "-", ""));
}

bool is_id(std::string_view id) {
  std::optional<std::string> bytes = bytes_of_id(id);
  return id.size() == 36 && bytes && bytes->size() == id_bytes;
}

std::string id_of_bytes(std::string_view bytes) {
  std::string hex = to_hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

std::string number_bytes(size_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((number >> shift) & 0xff);
  return bytes;
}

size_t number_of(std::string_view bytes) {
  size_t number = 0;
  for (char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// What is bound to a sealed text: its head, and the context with its names in order.
std::string bound_text(std::string_view head, const Json& context) {
  std::string bound(head);
  if (!context.is_object() || context.size() == 0) return bound;
  std::vector<JsonMember> members(context.members().begin(), context.members().end());
  std::ranges::sort(members, {}, &JsonMember::key);
  append_json(bound, Json::object(std::move(members)));
  return bound;
}

}  // namespace

Outcome<std::unique_ptr<Keyring>> Keyring::open(Disk& disk, Random& random, const Clock& clock, store::Records& records,
                                                const std::string& data) {
  std::unique_ptr<Keyring> keyring(new Keyring(disk, random, clock, records, data + "/kms-keys.json"));
  if (Outcome<void> loaded = keyring->load(); !loaded) return loaded.error();
  return keyring;
}

Outcome<void> Keyring::load() {
  if (!disk_.exists(file_)) return {};
  Outcome<std::string> text = disk_.read_file(file_);
  if (!text) return text.error();
  Outcome<Json> parsed = parse_json(*text);
  bool readable = parsed.ok() && parsed->is_object();
  for (size_t index = 0; readable && index < parsed->size(); ++index) {
    const JsonMember& member = parsed->members()[index];
    for (const std::string& material : texts_of(member.value)) {
      std::optional<std::string> bytes = from_base64(material);
      readable = readable && bytes && bytes->size() == cipher_key_bytes;
      if (readable) materials_[member.key].push_back(*bytes);
    }
  }
  if (readable) return {};
  return Error{"KeysUnreadable",
               fmt::format("{} is not a file of KMS key material. What is encrypted under its keys cannot be read "
                           "without it: restore it from a backup",
                           file_),
               500};
}

Outcome<void> Keyring::save_materials() {
  Json keys = Json::object();
  for (const auto& [id, materials] : materials_) {
    Json list = Json::array();
    for (const std::string& material : materials) list.push_back(Json(to_base64(material)));
    keys.set(id, std::move(list));
  }
  return disk_.write_file_atomically(file_, to_string(keys), owner_only);
}

Outcome<void> Keyring::add_material(const std::string& id) {
  std::lock_guard lock(mutex_);
  materials_[id].push_back(random_bytes(cipher_key_bytes));
  Outcome<void> saved = save_materials();
  if (!saved) materials_[id].pop_back();
  return saved;
}

std::string Keyring::random_bytes(size_t count) {
  std::string bytes;
  while (bytes.size() < count) bytes += number_bytes(random_.next() & 0xffffffff);
  bytes.resize(count);
  return bytes;
}

Outcome<Key> Keyring::create(const Place& place, Key draft) {
  draft.id = random_.uuid();
  draft.arn = key_arn(place, draft.id);
  draft.region = place.region;
  draft.account = place.account;
  draft.created = draft.rotated = clock_.now();
  if (draft.policy.empty()) draft.policy = default_key_policy(place.account);
  // The material first: a key that was told is never without one.
  if (Outcome<void> added = add_material(draft.id); !added) return added.error();
  records_.put(key_kind, draft.id, to_record(draft));
  return draft;
}

bool Keyring::forget_when_due(const Key& key) {
  if (!key.deletion || *key.deletion > clock_.now()) return false;
  for (const Alias& alias : aliases({key.region, key.account})) {
    if (alias.key_id == key.id) records_.erase(alias_kind, key.region + "/" + alias.name);
  }
  records_.erase(key_kind, key.id);
  std::lock_guard lock(mutex_);
  // A file that cannot be written now is without the material the next time that it is.
  if (materials_.erase(key.id) > 0) (void)save_materials();
  return true;
}

Outcome<Key> Keyring::find_by_id(std::string_view id) {
  std::optional<Json> record = records_.get(key_kind, id);
  if (!record) return no_such_key(id);
  Key key = key_from_record(*record);
  if (forget_when_due(key)) return no_such_key(key.arn);
  return key;
}

Outcome<Key> Keyring::find(const Place& place, std::string_view reference) {
  std::string_view name = reference;
  if (reference.starts_with("arn:")) {
    std::vector<std::string_view> parts = split(reference, ':');
    if (parts.size() != 6 || parts[2] != "kms") {
      return Error{"InvalidArnException", fmt::format("Invalid arn {}", reference)};
    }
    if (parts[3] != place.region) return Error{"NotFoundException", fmt::format("Invalid arn {}", parts[3])};
    if (parts[4] != place.account) return no_such_key(reference);
    name = parts[5];
    if (name.starts_with("key/")) name.remove_prefix(4);
  }
  if (name.starts_with("alias/")) {
    std::optional<Json> alias = records_.get(alias_kind, fmt::format("{}/{}", place.region, name));
    if (!alias) return no_such_alias(place, name);
    return find_by_id(alias->text("key"));
  }
  if (!is_id(name)) return Error{"NotFoundException", fmt::format("Invalid keyId '{}'", name)};
  Outcome<Key> key = find_by_id(name);
  if (!key || key->region != place.region || key->account != place.account) {
    return no_such_key(key_arn(place, name));
  }
  return key;
}

Outcome<Key> Keyring::managed(const Place& place, std::string_view service) {
  std::lock_guard lock(managed_mutex_);
  std::string alias = fmt::format("alias/aws/{}", service);
  Outcome<Key> found = find(place, alias);
  if (found) return found;
  Key draft;
  draft.aws_managed = true;
  draft.policy = managed_key_policy(place.account, place.region, service);
  draft.description =
      fmt::format("Default key that protects my {} when no other key is defined", service == "s3"    ? "S3 objects"
                                                                                  : service == "ssm" ? "SSM parameters"
                                                                                                     : "data");
  Outcome<Key> made = create(place, std::move(draft));
  if (!made) return made;
  if (Outcome<void> named = create_alias(place, alias, *made); !named) return named.error();
  return made;
}

Outcome<Key> Keyring::edit(const Key& key, const std::function<Outcome<void>(Key&)>& change) {
  Outcome<Key> edited = no_such_key(key.arn);
  records_.update(key_kind, key.id, [&](Json& record) {
    Key now = key_from_record(record);
    if (Outcome<void> changed = change(now); !changed) {
      edited = changed.error();
      return false;
    }
    record = to_record(now);
    edited = std::move(now);
    return true;
  });
  return edited;
}

std::vector<Key> Keyring::list(const Place& place, std::string_view after, size_t count) {
  std::vector<Key> keys;
  for (const auto& record : records_.list(key_kind, {}, after)) {
    if (keys.size() == count) break;
    Key key = key_from_record(record.value);
    if (key.region != place.region || key.account != place.account || forget_when_due(key)) continue;
    keys.push_back(std::move(key));
  }
  return keys;
}

Outcome<void> Keyring::create_alias(const Place& place, const std::string& name, const Key& key) {
  if (Outcome<void> there = key.check_not_pending(); !there) return there;
  Time now = clock_.now();
  if (records_.insert(alias_kind, place.region + "/" + name, to_record(Alias{name, key.id, now, now}))) return {};
  return Error{"AlreadyExistsException",
               fmt::format("An alias with the name {} already exists", alias_arn(place, name))};
}

Outcome<void> Keyring::move_alias(const Place& place, const std::string& name, const Key& key) {
  if (Outcome<void> there = key.check_not_pending(); !there) return there;
  bool found = records_.update(alias_kind, place.region + "/" + name, [&](Json& record) {
    Alias alias = alias_from_record(record);
    alias.key_id = key.id;
    alias.updated = clock_.now();
    record = to_record(alias);
    return true;
  });
  if (!found) return no_such_alias(place, name);
  return {};
}

Outcome<void> Keyring::remove_alias(const Place& place, const std::string& name) {
  if (!records_.erase(alias_kind, place.region + "/" + name)) return no_such_alias(place, name);
  return {};
}

std::vector<Alias> Keyring::aliases(const Place& place) {
  std::vector<Alias> aliases;
  for (const auto& record : records_.list(alias_kind, place.region + "/")) {
    aliases.push_back(alias_from_record(record.value));
  }
  return aliases;
}

Outcome<void> Keyring::rotate_when_due(const Key& key) {
  auto is_due = [&](const Key& one) { return one.next_rotation() && *one.next_rotation() <= clock_.now(); };
  if (!is_due(key)) return {};
  if (Outcome<void> added = add_material(key.id); !added) return added;
  Outcome<Key> edited = edit(key, [&](Key& now) -> Outcome<void> {
    if (is_due(now)) now.rotated = clock_.now();
    return {};
  });
  if (!edited) return edited.error();
  return {};
}

Outcome<std::string> Keyring::encrypt(const Key& key, std::string_view plain, const Json& context) {
  if (Outcome<void> usable = key.check_usable(); !usable) return usable.error();
  if (Outcome<void> rotated = rotate_when_due(key); !rotated) return rotated.error();
  std::string material;
  size_t number = 0;
  {
    std::lock_guard lock(mutex_);
    const auto found = materials_.find(key.id);
    if (found == materials_.end() || found->second.empty()) return no_such_key(key.arn);
    number = found->second.size() - 1;
    material = found->second.back();
  }
  std::string sealed(1, format);
  sealed += *bytes_of_id(key.id);
  sealed += number_bytes(number);
  std::string nonce = random_bytes(cipher_nonce_bytes);
  std::string bound = bound_text(sealed, context);
  sealed += nonce;
  append_sealed(sealed, material, nonce, plain, bound);
  return sealed;
}

Outcome<Key> Keyring::key_of(std::string_view sealed) {
  if (sealed.size() < head_bytes + cipher_nonce_bytes + cipher_tag_bytes || sealed[0] != format) {
    return invalid_ciphertext();
  }
  return find_by_id(id_of_bytes(sealed.substr(1, id_bytes)));
}

Outcome<Opened> Keyring::decrypt(std::string_view sealed, const Json& context) {
  Outcome<Key> key = key_of(sealed);
  if (!key) return key.error();
  if (Outcome<void> usable = key->check_usable(); !usable) return usable.error();
  size_t number = number_of(sealed.substr(1 + id_bytes, 4));
  std::string material;
  {
    std::lock_guard lock(mutex_);
    const auto found = materials_.find(key->id);
    if (found == materials_.end() || found->second.size() <= number) return invalid_ciphertext();
    material = found->second[number];
  }
  std::string_view rest = sealed.substr(head_bytes);
  std::optional<std::string> plain =
      unseal(material, rest.substr(0, cipher_nonce_bytes), rest.substr(cipher_nonce_bytes),
             bound_text(sealed.substr(0, head_bytes), context));
  if (!plain) return invalid_ciphertext();
  return Opened{std::move(*plain), std::move(*key)};
}

}  // namespace penstock::keys
