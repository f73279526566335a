// What `penstock run` uploads: files, folders and archives, each named by the digest of its content.
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/digest.h"
#include "base/encoding.h"
#include "cli/run.h"

namespace penstock::cli {

namespace {

namespace fs = std::filesystem;

Error upload_error(const Placeholder& placeholder, const std::string& what) {
  return Error{"InvalidUpload", fmt::format("{}: {}", placeholder.name, what)};
}

std::optional<std::string> find_local(const PipelineFile& file, const std::string& path) {
  std::error_code ignored;
  const fs::path given(path);
  if (given.is_absolute()) return fs::exists(given, ignored) ? std::optional(path) : std::nullopt;
  const char* cache = std::getenv("PENSTOCK_CACHE");
  const char* home = std::getenv("HOME");
  const fs::path cache_folder = cache && *cache ? fs::path(cache) : fs::path(home ? home : ".") / ".cache/penstock";
  for (const fs::path& candidate : {fs::path(file.folder) / given, cache_folder / "data" / given}) {
    if (fs::exists(candidate, ignored)) return candidate.string();
  }
  return std::nullopt;
}

// All files below `folder` but caches and hidden ones, by relative name, sorted.
std::vector<std::pair<std::string, std::string>> files_below(const fs::path& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  std::error_code problem;
  for (auto entry = fs::recursive_directory_iterator(folder, problem); entry != fs::recursive_directory_iterator();
       entry.increment(problem)) {
    if (problem) break;
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || name == "__pycache__") {
      if (entry->is_directory()) entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_regular_file())
      files.emplace_back(fs::relative(entry->path(), folder).generic_string(), entry->path().string());
  }
  std::ranges::sort(files);
  return files;
}

Outcome<std::string> digest_of(Disk& disk, const std::vector<std::pair<std::string, std::string>>& files) {
  Digest total(DigestKind::sha256);
  for (const auto& [name, path] : files) {
    auto opened = disk.open(path, Disk::Mode::read);
    if (!opened) return opened.error();
    Digest content(DigestKind::sha256);
    std::string buffer(1 << 20, '\0');
    for (uint64_t offset = 0;;) {
      auto count = (*opened)->read_at(offset, buffer.data(), buffer.size());
      if (!count) return count.error();
      if (*count == 0) break;
      content.update(std::string_view(buffer.data(), *count));
      offset += *count;
    }
    total.update(name);
    total.update(std::string_view("\0", 1));
    total.update(content.finish());
  }
  return to_hex(total.finish());
}

struct ArchiveDeleter {
  void operator()(archive* handle) const { archive_write_free(handle); }
};

la_ssize_t append_to_text(archive*, void* text, const void* bytes, size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::optional<S3Location> parse_s3_uri(std::string_view uri) {
  if (!uri.starts_with("s3://")) return std::nullopt;
  uri.remove_prefix(5);
  const size_t slash = uri.find('/');
  if (slash == 0 || uri.empty()) return std::nullopt;
  if (slash == std::string_view::npos) return S3Location{std::string(uri), ""};
  return S3Location{std::string(uri.substr(0, slash)), std::string(uri.substr(slash + 1))};
}

Outcome<std::string> make_archive(Disk& disk, const std::vector<std::pair<std::string, std::string>>& files) {
  std::string bytes;
  std::unique_ptr<archive, ArchiveDeleter> writer(archive_write_new());
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_options(writer.get(), "gzip:!timestamp");
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_open(writer.get(), &bytes, nullptr, append_to_text, nullptr);
  for (const auto& [name, path] : files) {
    auto content = disk.read_file(path);
    if (!content) return content.error();
    std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<int64_t>(content->size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    if (archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK) {
      return Error{"ArchiveError", fmt::format("{}: {}", path, archive_error_string(writer.get()))};
    }
    archive_write_data(writer.get(), content->data(), content->size());
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return Error{"ArchiveError", archive_error_string(writer.get())};
  return bytes;
}

Outcome<std::vector<std::string>> archive_names(const std::string& bytes) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    return Error{"ArchiveError", "it is not a tar.gz archive"};
  }
  std::vector<std::string> names;
  archive_entry* entry = nullptr;
  int status = ARCHIVE_OK;
  while ((status = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    std::string name = archive_entry_pathname(entry);
    if (name.starts_with("./")) name.erase(0, 2);
    names.push_back(std::move(name));
  }
  if (status != ARCHIVE_EOF) return Error{"ArchiveError", "it is not a tar.gz archive"};
  return names;
}

Outcome<Upload> read_upload(Disk& disk, const PipelineFile& file, const Placeholder& placeholder) {
  const auto path = find_local(file, placeholder.upload);
  if (!path) {
    return upload_error(placeholder,
                        fmt::format("'{}' is neither beside the pipeline file ({}) nor in the cache's data folder",
                                    placeholder.upload, file.folder));
  }
  Upload upload{placeholder.name, *path, placeholder.kind, {}, "", ""};
  const bool folder = fs::is_directory(*path);
  if (placeholder.kind == PlaceholderKind::object) {
    if (folder) return upload_error(placeholder, fmt::format("'{}' is a folder, one file is needed", *path));
    upload.files.emplace_back(fs::path(*path).filename().string(), *path);
  } else {
    if (folder) {
      upload.files = files_below(*path);
    } else {
      upload.files.emplace_back(fs::path(*path).filename().string(), *path);
    }
    if (upload.files.empty()) return upload_error(placeholder, fmt::format("the folder '{}' is empty", *path));
  }
  const auto is_entry = [&](const auto& entry) { return entry.first == placeholder.entry_point; };
  if (!placeholder.entry_point.empty() && std::ranges::none_of(upload.files, is_entry)) {
    return upload_error(placeholder, fmt::format("'{}' has no entry point '{}'", *path, placeholder.entry_point));
  }
  if (placeholder.kind == PlaceholderKind::archive) {
    auto bytes = make_archive(disk, upload.files);
    if (!bytes) return bytes.error();
    upload.archive = *std::move(bytes);
  }
  auto digest = digest_of(disk, upload.files);
  if (!digest) return digest.error();
  upload.digest = *std::move(digest);
  return upload;
}

Outcome<std::string> send_upload(Session& session, Client& client, const std::string& bucket, const std::string& owner,
                                 const Upload& upload) {
  // The key holds the content's digest: an object of that key and size is the same content.
  const auto is_there = [&](const std::string& key, uint64_t size) {
    const auto head = client.head_object(bucket, key);
    return head && head->size == size;
  };
  const std::string prefix = fmt::format("{}/uploads/{}/{}", owner, upload.placeholder, upload.digest.substr(0, 16));
  std::string uri = fmt::format("s3://{}/{}", bucket, prefix);
  size_t sent = 0;
  if (upload.kind == PlaceholderKind::archive) {
    const std::string key = prefix + "/sourcedir.tar.gz";
    if (!is_there(key, upload.archive.size())) {
      ++sent;
      if (auto put = client.put_object(bucket, key, upload.archive); !put) return put.error();
    }
    uri += "/sourcedir.tar.gz";
  } else {
    std::error_code ignored;
    for (const auto& [name, path] : upload.files) {
      const std::string key = prefix + "/" + name;
      if (is_there(key, fs::file_size(path, ignored))) continue;
      ++sent;
      if (auto put = client.put_file(bucket, key, session.disk, path); !put) return put.error();
    }
    uri += upload.kind == PlaceholderKind::object ? "/" + upload.files.front().first : "/";
  }
  session.terminal.line(fmt::format("{} {} -> {}", sent > 0 ? "uploaded" : "unchanged", upload.path, uri));
  return uri;
}

}  // namespace penstock::cli
