#include "kit/source.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "base/encoding.h"

namespace penstock::kit {

namespace {

namespace fs = std::filesystem;

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') || name.starts_with('_');
}

// Fills format and compression from the name: "part-0.csv.gz" is gzip over CSV.
void read_name(SourceFile& file, const std::string& format) {
  std::string name = to_lower(file.shown);
  const auto ends = [&](std::string_view end) { return std::string_view(name).ends_with(end); };
  if (ends(".gz")) file.compression = "gzip";
  if (ends(".zst")) file.compression = "zstd";
  if (!file.compression.empty()) name.erase(name.rfind('.'));
  file.tabs = ends(".tsv") || ends(".tab");
  if (!format.empty()) {
    file.format = format;
  } else if (ends(".parquet") || ends(".pq")) {
    file.format = "parquet";
  } else if (ends(".json") || ends(".jsonl") || ends(".ndjson")) {
    file.format = "json";
  } else {
    file.format = "csv";
  }
}

Error no_data(const std::string& location, std::string_view why) {
  return Error{"NoData", fmt::format("{}: {}", location, why)};
}

// Every path that a glob of the last path component, or a plain path, stands for.
Outcome<std::vector<fs::path>> local_paths(const std::string& location) {
  std::vector<fs::path> found;
  const fs::path path(location);
  std::error_code error;
  if (!fs::exists(path, error) && has_wildcard(location)) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
    if (has_wildcard(folder.string())) {
      return no_data(location, "wildcards are understood in the last part of a path only");
    }
    const std::string pattern = path.filename().string();
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      if (::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0) found.push_back(entry.path());
    }
    if (found.empty()) return no_data(location, "no file has such a name");
  } else if (fs::is_directory(path, error)) {
    for (auto entry = fs::recursive_directory_iterator(path, error); entry != fs::recursive_directory_iterator();
         entry.increment(error)) {
      if (is_hidden(entry->path())) {
        if (entry->is_directory(error)) entry.disable_recursion_pending();
      } else if (entry->is_regular_file(error)) {
        found.push_back(entry->path());
      }
    }
    if (found.empty()) return no_data(location, "the folder has no files");
  } else if (fs::exists(path, error)) {
    found.push_back(path);
  } else {
    return no_data(location, "no such file or folder");
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Outcome<std::vector<SourceFile>> find_files(Session&, const std::string& location, const std::string& format) {
  if (location.starts_with("s3://")) return no_data(location, "s3:// is not read yet");
  auto paths = local_paths(location);
  if (!paths) return paths.error();
  std::vector<SourceFile> files;
  for (const fs::path& path : *paths) {
    std::error_code error;
    SourceFile file;
    file.path = file.shown = path.string();
    file.bytes = fs::is_regular_file(path, error) ? fs::file_size(path, error) : 0;
    if (error) return no_data(location, error.message());
    read_name(file, format);
    if (file.bytes > 0 || paths->size() == 1) files.push_back(std::move(file));
  }
  if (files.empty()) return no_data(location, "every file is empty");
  return files;
}

}  // namespace penstock::kit
