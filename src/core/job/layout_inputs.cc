// Inputs of a job: which objects they are, and how they become files.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/encoding.h"
#include "core/job/layout.h"

namespace penstock::job {

namespace {

namespace fs = std::filesystem;

constexpr size_t input_objects_max = 1'000'000;
constexpr size_t manifest_bytes_max = 64 << 20;

Error download_failed(const std::string& what) {
  return Error{"ClientError", "ClientError: Data download failed:" + what, 400, {}};
}

// Where the object goes: the key behind the prefix; a key that is the prefix, its last part; a prefix that ends within
// a name ("part-"), from that name on.
std::string relative_path(const std::string& prefix, const std::string& key) {
  size_t cut = prefix.size();
  bool at_boundary = prefix.empty() || prefix.ends_with('/') || (key.size() > cut && key[cut] == '/');
  if (!at_boundary || key == prefix) {
    size_t slash = prefix.find_last_of('/');
    cut = slash == std::string::npos ? 0 : slash + 1;
  }
  size_t start = key.find_first_not_of('/', cut);
  return start == std::string::npos ? std::string() : key.substr(start);
}

bool leaves_folder(const std::string& path) {
  for (std::string_view part : split(path, '/')) {
    if (part == "..") return true;
  }
  return path.starts_with('/');
}

// `key` names one object, or a prefix of several.
Outcome<void> add_prefix(store::Objects& objects, const Location& place, std::vector<InputObject>& found) {
  store::ListQuery query;
  query.bucket = place.bucket;
  query.prefix = place.key;
  for (;;) {
    Outcome<store::ListPage> page = objects.list(query);
    if (!page)
      return download_failed(fmt::format("{} ({}): {}", page.error().code, page.error().status, page.error().message));
    for (store::ObjectVersion& version : page->objects) {
      std::string path = relative_path(place.key, version.key);
      if (path.empty()) continue;  // the prefix's own folder marker
      if (leaves_folder(path)) return download_failed(fmt::format("the key {} does not name a file", version.key));
      found.push_back({std::move(version), std::move(path)});
      if (found.size() > input_objects_max)
        return download_failed(fmt::format("more than {} objects", input_objects_max));
    }
    if (!page->truncated) return {};
    query.after = page->next_after;
  }
}

Outcome<std::string> read_object(store::Objects& objects, const Location& place) {
  Outcome<store::OpenedVersion> opened = objects.open_version(place.bucket, place.key, "");
  if (!opened) return download_failed(fmt::format("{}: s3://{}/{}", opened.error().code, place.bucket, place.key));
  if (opened->version.size > manifest_bytes_max) return download_failed("the manifest is too large");
  SystemDisk disk;
  return opened->content.read_all(disk);
}

// A manifest: [{"prefix": "s3://bucket/a/"}, "key-behind-the-prefix", ...].
Outcome<void> add_manifest(store::Objects& objects, const Location& place, std::vector<InputObject>& found) {
  Outcome<std::string> text = read_object(objects, place);
  if (!text) return text.error();
  Outcome<Json> json = parse_json(*text);
  std::string where = fmt::format("s3://{}/{}", place.bucket, place.key);
  if (!json || !json->is_array() || json->size() == 0) {
    return download_failed(
        fmt::format("the manifest {} is not a JSON array that starts with {{\"prefix\": ...}}", where));
  }
  Outcome<Location> prefix = parse_s3_uri(json->items().front().text("prefix"));
  if (!prefix) return download_failed(fmt::format("the manifest {} has no valid prefix", where));
  for (const Json& item : json->items().subspan(1)) {
    if (!item.is_string()) return download_failed(fmt::format("the manifest {} has an entry that is no string", where));
    std::string name(item.as_string());
    Outcome<store::ObjectVersion> version = objects.find(prefix->bucket, prefix->key + name);
    if (!version)
      return download_failed(fmt::format("{}: s3://{}/{}{}", version.error().code, prefix->bucket, prefix->key, name));
    if (leaves_folder(name)) return download_failed(fmt::format("the manifest's entry {} does not name a file", name));
    found.push_back({*std::move(version), std::move(name)});
  }
  return {};
}

// A name that is a file and also a folder of others cannot be laid out.
Outcome<void> check_names(const std::vector<InputObject>& found) {
  std::vector<std::string_view> paths;
  for (const InputObject& object : found) {
    if (!object.path.ends_with('/')) paths.push_back(object.path);
  }
  std::sort(paths.begin(), paths.end());
  for (const InputObject& object : found) {
    for (size_t slash = object.path.find('/'); slash != std::string::npos; slash = object.path.find('/', slash + 1)) {
      if (std::binary_search(paths.begin(), paths.end(), std::string_view(object.path).substr(0, slash))) {
        return download_failed(
            "Failed to download data. Please check your s3 objects and ensure that there is no object that is both a "
            "folder as well as a file.");
      }
    }
  }
  return {};
}

}  // namespace

Outcome<Location> parse_s3_uri(std::string_view uri) {
  constexpr std::string_view scheme = "s3://";
  size_t slash = uri.size() > scheme.size() ? uri.find('/', scheme.size()) : std::string_view::npos;
  std::string_view bucket =
      uri.starts_with(scheme) ? uri.substr(scheme.size(), slash - scheme.size()) : std::string_view();
  if (slash == std::string_view::npos && uri.starts_with(scheme)) bucket = uri.substr(scheme.size());
  if (bucket.empty()) {
    return Error{"ValidationException", fmt::format("'{}' is not an S3 URI (s3://bucket/key)", uri), 400, {}};
  }
  return Location{std::string(bucket), slash == std::string_view::npos ? "" : std::string(uri.substr(slash + 1))};
}

Outcome<std::vector<InputObject>> find_input(store::Objects& objects, const Input& input) {
  Outcome<Location> place = parse_s3_uri(input.uri);
  if (!place) return download_failed(place.error().message);
  std::vector<InputObject> found;
  Outcome<void> added = input.manifest ? add_manifest(objects, *place, found) : add_prefix(objects, *place, found);
  if (!added) return added.error();
  if (found.empty() && !input.optional)
    return download_failed(fmt::format("S3 key: {} matched no files on s3", input.uri));
  if (Outcome<void> names = check_names(found); !names) return names.error();
  return found;
}

std::string host_path(const std::string& job_folder, int host, const std::string& path) {
  return fmt::format("{}/algo-{}/root{}", job_folder, host + 1, path);
}

}  // namespace penstock::job
