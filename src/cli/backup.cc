// penstock backup FILE: one tar archive from which `tar xf FILE -C DIR` makes a data directory again.
#include "store/backup.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/store_options.h"

namespace penstock::cli {

namespace {

constexpr size_t piece_bytes = 1 << 20;

using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;

// Where libarchive's bytes go; keeps the first error, which libarchive cannot carry.
struct Target {
  File& file;
  std::optional<Error> error;
};

la_ssize_t append_to_file(archive*, void* target, const void* bytes, size_t size) {
  auto& to = *static_cast<Target*>(target);
  Outcome<void> appended = to.file.append({static_cast<const char*>(bytes), size});
  if (appended) return static_cast<la_ssize_t>(size);
  to.error = appended.error();
  return -1;
}

Error archive_error(archive* writer, const Target& target) {
  return target.error ? *target.error : Error{"ArchiveError", archive_error_string(writer), 500, {}};
}

Outcome<void> add_file(Disk& disk, archive* writer, const Target& target, const std::string& name,
                       const std::string& path) {
  Outcome<std::unique_ptr<File>> file = disk.open(path, Disk::Mode::read);
  if (!file) return file.error();
  Outcome<uint64_t> size = (*file)->size();
  if (!size) return size.error();
  std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(*size));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), name.ends_with(".json") ? 0600 : 0644);  // credentials.json holds secrets
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) return archive_error(writer, target);
  std::string buffer(piece_bytes, '\0');
  for (uint64_t offset = 0; offset < *size;) {
    Outcome<size_t> count = (*file)->read_at(offset, buffer.data(), buffer.size());
    if (!count) return count.error();
    if (*count == 0) return Error{"DiskError", fmt::format("{} became shorter while it was read", path), 500, {}};
    if (archive_write_data(writer, buffer.data(), *count) < 0) return archive_error(writer, target);
    offset += *count;
  }
  return {};
}

Outcome<void> write_archive(Disk& disk, const store::StagedBackup& staged, File& file) {
  Target target{file, std::nullopt};
  Writer writer(archive_write_new(), archive_write_free);
  archive_write_set_format_pax_restricted(writer.get());
  if (archive_write_open(writer.get(), &target, nullptr, append_to_file, nullptr) != ARCHIVE_OK) {
    return archive_error(writer.get(), target);
  }
  for (const std::string& name : staged.paths()) {
    Outcome<void> added = add_file(disk, writer.get(), target, name, staged.folder() + "/" + name);
    if (!added) return added;
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return archive_error(writer.get(), target);
  return file.sync();
}

Outcome<void> make_backup(Disk& disk, const std::string& data, const std::string& path) {
  if (disk.exists(path))
    return Error{
        "FileExists", fmt::format("{} exists already; a backup overwrites nothing. Name a new file", path), 400, {}};
  Outcome<std::unique_ptr<store::StagedBackup>> staged = store::StagedBackup::make(disk, data);
  if (!staged) return staged.error();
  std::string part = path + ".part";
  if (Outcome<void> removed = disk.remove(part); !removed) return removed;
  auto written = [&]() -> Outcome<void> {
    Outcome<std::unique_ptr<File>> file = disk.open(part, Disk::Mode::create_exclusive, 0600);
    if (!file) return file.error();
    if (Outcome<void> archived = write_archive(disk, **staged, **file); !archived) return archived;
    return disk.rename(part, path);
  }();
  if (!written) (void)disk.remove(part);
  return written;
}

}  // namespace

std::function<int()> configure_backup(CLI::App& app, Session& session) {
  auto data = declare_data_option(app);
  auto file = std::make_shared<std::string>();
  app.add_option("file", *file, "the archive to make (tar); must not exist")->required();
  return [&session, data, file] {
    if (Outcome<void> made = make_backup(session.disk, *data, *file); !made) return report(session, made.error());
    session.terminal.line(fmt::format(
        "{} holds {}. To restore: mkdir DIR && tar xf {} -C DIR && penstock serve --data DIR", *file, *data, *file));
    return 0;
  };
}

}  // namespace penstock::cli
