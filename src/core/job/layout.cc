#include "core/job/layout.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "base/encoding.h"
#include "core/job/archive.h"
#include "core/job/instance.h"
#include "core/job/script_mode.h"

namespace penstock::job {

namespace {

namespace fs = std::filesystem;

constexpr size_t single_binds_max = 1'000;  // beyond it an input is bound as a whole, read-only
constexpr double memory_share_max = 0.9;    // of the machine's memory, for one job
constexpr const char* python_prefix = "/opt/penstock/python";
constexpr const char* kit_folder = "/opt/penstock/bin";
constexpr const char* system_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Error cannot(std::string_view doing, const std::string& path) {
  return Error{"InternalServerError",
               fmt::format("InternalServerError: cannot {} {}: {}", doing, path, std::strerror(errno)),
               500,
               {}};
}

class Layout {
 public:
  Layout(Disk& disk, store::Objects& objects, const Runtimes& runtimes, const LayoutRequest& request)
      : disk_(disk), objects_(objects), runtimes_(runtimes), request_(request), spec_(request.spec) {}

  Outcome<LaidOut> run() {
    if (!request_.runtime.python.empty()) {
      Outcome<Python> python = runtimes_.python(request_.runtime);
      if (!python) return Error{"ClientError", "ClientError: " + python.error().message, 400, {}};
      python_ = *std::move(python);
    }
    if (!request_.runtime.kit.empty()) {
      Outcome<Kit> kit = Runtimes::kit(request_.kit);
      if (!kit && !builtin_algorithm(request_.runtime).empty())
        return Error{"ClientError", "ClientError: " + kit.error().message, 400, {}};
      if (kit) kit_ = *std::move(kit);
    }
    plan_.name = spec_.name;
    plan_.isolated = request_.isolated;
    plan_.notes = request_.notes;
    plan_.user = request_.user;
    plan_.own_network = request_.isolated && spec_.network_isolated;
    set_limits();
    for (int host = 0; host < spec_.instance_count; ++host) {
      plan_.hosts.push_back({});
      host_ = &plan_.hosts.back();
      number_ = host;
      if (Outcome<void> made = lay_out_host(); !made) return made.error();
    }
    add_archives();
    std::string text = to_string(to_json(plan_));
    if (Outcome<void> made = disk_.write_file_atomically(request_.folder + "/plan.json", text, 0600); !made)
      return made.error();
    return LaidOut{std::move(plan_), std::move(uses_)};
  }

 private:
  void set_limits() {
    Limits& limits = plan_.limits;
    auto machine = static_cast<int64_t>(static_cast<double>(machine_memory_bytes()) * memory_share_max);
    std::optional<Instance> instance = find_instance(spec_.instance_type);
    limits.memory_bytes = instance ? std::min(instance->memory_bytes, machine) : machine;
    limits.disk_bytes = spec_.volume_bytes;
    limits.runtime_seconds_max = spec_.runtime_seconds_max;
    limits.stop_seconds = request_.stop_seconds;
    limits.log_bytes = request_.log_bytes;
  }

  Outcome<void> lay_out_host() {
    host_->name = fmt::format("algo-{}", number_ + 1);
    host_->root = host_path(request_.folder, number_, "");
    links_ = fmt::format("{}/algo-{}/links", request_.folder, number_ + 1);
    for (std::string_view folder : {"/tmp", "/var/tmp", "/root", "/home", "/run", "/opt/ml", "/mnt", "/srv"}) {
      if (Outcome<void> made = disk_.make_folders(host_->root + std::string(folder)); !made) return made;
    }
    if (Outcome<void> made = disk_.make_folders(links_); !made) return made;
    for (auto step : {&Layout::make_contract_folders, &Layout::place_inputs, &Layout::write_files, &Layout::make_python,
                      &Layout::bind_kit, &Layout::write_system_files, &Layout::plan_steps}) {
      if (Outcome<void> made = (this->*step)(); !made) return made;
    }
    return hand_over();
  }

  // The contract's folders exist before the start, also those of the outputs.
  Outcome<void> make_contract_folders() {
    std::vector<std::string> folders = {"/opt/ml/output"};
    if (spec_.kind == "training") {
      for (const char* folder :
           {"/opt/ml/input/config", "/opt/ml/input/data", "/opt/ml/model", "/opt/ml/output/data", "/opt/ml/code"}) {
        folders.emplace_back(folder);
      }
    } else {
      folders.emplace_back("/opt/ml/config");
      folders.emplace_back("/opt/ml/processing");
    }
    for (const Output& output : spec_.outputs) folders.push_back(output.path);
    for (const std::string& folder : folders) {
      if (Outcome<void> made = disk_.make_folders(host_->root + folder); !made) return made;
    }
    return {};
  }

  Outcome<void> place_inputs() {
    for (const Input& input : spec_.inputs) {
      Outcome<std::vector<InputObject>> found = find_input(objects_, input);
      if (!found) return found.error();
      if (Outcome<void> placed = place_input(input, *found); !placed) return placed;
      for (const InputObject& object : *found) {
        if (number_ > 0 || uses_.size() >= input_uses_max) break;
        uses_.push_back({input.name, fmt::format("s3://{}/{}", object.version.bucket, object.version.key),
                         object.version.sha256, static_cast<int64_t>(object.version.size)});
      }
    }
    return {};
  }

  // Every host sees all objects, or each its share by key.
  Outcome<void> place_input(const Input& input, const std::vector<InputObject>& found) {
    std::string target = host_->root + input.path;
    if (Outcome<void> made = disk_.make_folders(target); !made) return made;
    size_t files = 0;
    for (const InputObject& object : found) files += object.version.size > store::small_content_bytes_max ? 1 : 0;
    bool bind_whole = request_.isolated && !input.own_copy && files > single_binds_max;
    std::string tree = bind_whole ? fmt::format("{}/{}", links_, links_made_++) : target;
    if (bind_whole) host_->binds.push_back({tree, input.path, false});
    size_t hosts = input.sharded_by_key ? static_cast<size_t>(spec_.instance_count) : 1;
    for (size_t i = 0; i < found.size(); ++i) {
      if (hosts > 1 && i % hosts != static_cast<size_t>(number_)) continue;
      if (Outcome<void> placed = place_object(input, found[i], tree, bind_whole); !placed) return placed;
    }
    return {};
  }

  // A file of the job's own in place of a link.
  Outcome<void> copy_over(const std::string& path) {
    std::error_code error;
    std::string copy = links_ + "/copy";
    fs::copy_file(path, copy, error);
    if (!error) fs::rename(copy, path, error);
    if (!error) fs::permissions(path, fs::perms::owner_write, fs::perm_options::add, error);
    if (!error) return {};
    return Error{
        "InternalServerError", fmt::format("InternalServerError: cannot copy {}: {}", path, error.message()), 500, {}};
  }

  Outcome<void> place_object(const Input& input, const InputObject& object, const std::string& tree, bool bound) {
    std::string path = tree + "/" + object.path;
    if (path.ends_with('/')) return disk_.make_folders(path);
    if (Outcome<void> made = disk_.make_folders(fs::path(path).parent_path().string()); !made) return made;
    Outcome<void> placed = objects_.place(object.version, path);
    struct stat status;
    if (!placed || ::lstat(path.c_str(), &status) != 0) {
      return Error{"ClientError",
                   fmt::format("ClientError: Data download failed:{} s3://{}/{}",
                               placed ? std::strerror(errno) : placed.error().message, object.version.bucket,
                               object.version.key),
                   400,
                   {}};
    }
    if (status.st_nlink == 1) {  // a file of the job's own
      return ::chmod(path.c_str(), 0644) == 0 ? Outcome<void>() : cannot("open up", path);
    }
    if ((status.st_mode & 0444) != 0444) ::chmod(path.c_str(), 0444);
    if (input.own_copy) return copy_over(path);
    if (request_.isolated && !bound) {
      // Bound by itself, read-only: nobody can change a stored object through its link.
      std::string link = fmt::format("{}/{}", links_, links_made_++);
      if (::rename(path.c_str(), link.c_str()) != 0) return cannot("move", path);
      host_->binds.push_back({link, input.path + "/" + object.path, false});
    }
    return {};
  }

  Outcome<void> write_files() {
    for (const auto& [path, content] : spec_.files) {
      std::string target = host_->root + path;
      if (Outcome<void> made = disk_.make_folders(fs::path(target).parent_path().string()); !made) return made;
      if (Outcome<void> made = write_small(target, content_of(path, content)); !made) return made;
    }
    return {};
  }

  std::string content_of(const std::string& path, const std::string& content) const {
    return path.ends_with("/resourceconfig.json") ? replace_all(content, "{host}", host_->name) : content;
  }

  Outcome<void> write_small(const std::string& path, std::string_view text, int permissions = 0644) {
    Outcome<std::unique_ptr<File>> file = disk_.open(path, Disk::Mode::create_exclusive, permissions);
    if (!file) return file.error();
    return (*file)->append(text);
  }

  // A small environment of the job's own in front of the shared one: pip installs into it, nothing is copied.
  Outcome<void> make_python() {
    if (python_.folder.empty()) return {};
    std::string seen = seen_path(python_prefix);
    std::string folder = host_->root + python_prefix;
    std::string packages = fmt::format("/lib/python{}/site-packages", python_.version);
    for (const std::string& made : {std::string("/bin"), packages}) {
      if (Outcome<void> done = disk_.make_folders(folder + made); !done) return done;
    }
    for (const std::string& name : {std::string("python"), std::string("python3"), "python" + python_.version}) {
      if (::symlink(python_.interpreter.c_str(), (folder + "/bin/" + name).c_str()) != 0)
        return cannot("link", folder + "/bin/" + name);
    }
    std::string pip = fmt::format("#!/bin/sh\nexec {}/bin/python -m pip \"$@\"\n", seen);
    std::string settings = fmt::format("home = {}\ninclude-system-site-packages = false\n", python_.home);
    std::string shared = fmt::format("import site; site.addsitedir('{}')\n", python_.site_packages);
    for (const auto& [path, text, mode] : {std::tuple{std::string("/pyvenv.cfg"), settings, 0644},
                                           {packages + "/shared_environment.pth", shared, 0644},
                                           {std::string("/bin/pip"), pip, 0755},
                                           {std::string("/bin/pip3"), pip, 0755}}) {
      if (Outcome<void> done = write_small(folder + path, text, mode); !done) return done;
    }
    if (Outcome<void> done = add_compatibility(folder + packages); !done) return done;
    if (request_.isolated) {
      for (const std::string& path : {python_.folder, python_.base()}) {
        if (path.starts_with("/usr")) continue;
        // Made here, so that the folders on the way (~/.cache) belong to the job like the rest of its root.
        if (Outcome<void> made = disk_.make_folders(host_->root + path); !made) return made;
        host_->binds.push_back({path, path, false});
      }
    }
    return {};
  }

  // penstock-kit at a place of its own, its libraries where it was linked to them.
  Outcome<void> bind_kit() {
    if (kit_.program.empty() || !request_.isolated) return {};
    if (Outcome<void> made = disk_.make_folders(host_->root + kit_folder); !made) return made;
    host_->binds.push_back({kit_.program, std::string(kit_folder) + "/penstock-kit", false});
    for (const std::string& folder : kit_.folders) {
      if (folder.starts_with("/usr")) continue;
      const bool beside = folder == kit_.program + ".libs";
      const std::string seen = beside ? std::string(kit_folder) + "/penstock-kit.libs" : folder;
      if (Outcome<void> made = disk_.make_folders(host_->root + seen); !made) return made;
      host_->binds.push_back({folder, seen, false});
    }
    return {};
  }

  // Where the job finds penstock-kit.
  std::string seen_kit() const { return request_.isolated ? std::string(kit_folder) + "/penstock-kit" : kit_.program; }

  // Loaded by a .pth file: the job's own PYTHONPATH, or the machine's sitecustomize, cannot hide it.
  Outcome<void> add_compatibility(const std::string& packages) {
    if (request_.runtime.compatibility.empty()) return {};
    const Compatibility* compatibility = find_compatibility(request_.runtime.compatibility);
    std::string module(compatibility->module);
    if (Outcome<void> done = write_small(packages + "/" + module + ".py", compatibility->source); !done) return done;
    return write_small(packages + "/compatibility.pth", "import " + module + "\n");
  }

  // /etc of the machine, but with this job's host names and user.
  Outcome<void> write_system_files() {
    if (!request_.isolated) return {};
    std::string folder = fmt::format("{}/algo-{}/etc", request_.folder, number_ + 1);
    if (Outcome<void> made = disk_.make_folders(folder); !made) return made;
    std::string hosts = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
    for (int i = 0; i < spec_.instance_count; ++i) {
      // A loopback address for each host of each job, so that all may listen on the same port.
      hosts += fmt::format("127.{}.{}.{} algo-{}\n", 1 + request_.slot % 200, i / 250, 1 + i % 250, i + 1);
    }
    auto user = request_.user >= 0 ? static_cast<uid_t>(request_.user) : ::getuid();
    auto group = request_.user >= 0 ? static_cast<gid_t>(request_.user) : ::getgid();
    std::string users = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
    std::string groups = "root:x:0:\nnogroup:x:65534:\n";
    if (user != 0) users += fmt::format("job:x:{}:{}:job:/root:/bin/sh\n", user, group);
    if (group != 0) groups += fmt::format("job:x:{}:\n", group);
    for (const auto& [name, text] : {std::pair{"hosts", hosts}, {"passwd", users}, {"group", groups}}) {
      std::string path = folder + "/" + name;
      if (Outcome<void> made = write_small(path, text); !made) return made;
      host_->binds.push_back({path, std::string("/etc/") + name, false});
    }
    // Name servers often lie behind a link out of /etc.
    std::error_code error;
    fs::path resolver = fs::canonical("/etc/resolv.conf", error);
    if (!error && !resolver.string().starts_with("/etc/"))
      host_->binds.push_back({resolver.string(), resolver.string(), false});
    return {};
  }

  Outcome<void> plan_steps() {
    set_environment();
    if (request_.runtime.script_mode && spec_.kind == "training" && spec_.entrypoint.empty() &&
        spec_.arguments.empty()) {
      return plan_script();
    }
    std::vector<std::string> command = spec_.entrypoint;
    command.insert(command.end(), spec_.arguments.begin(), spec_.arguments.end());
    if (std::string_view algorithm = builtin_algorithm(request_.runtime); command.empty() && !algorithm.empty()) {
      command = {seen_kit(), "builtin", std::string(algorithm)};
    }
    if (command.empty()) command = {spec_.kind == "training" ? "train" : ""};
    if (command.front().empty()) {
      return Error{
          "ClientError", "ClientError: The job names no ContainerEntrypoint, and its runtime has none", 400, {}};
    }
    if (!request_.isolated) {
      for (std::string& word : command) word = seen_text(std::move(word));
    }
    host_->steps.push_back({std::move(command), seen_path("/"), {}});
    return {};
  }

  Outcome<void> plan_script() {
    ScriptInputs inputs;
    inputs.hyperparameters = laid_out_json("/opt/ml/input/config/hyperparameters.json");
    inputs.input_data_config = laid_out_json("/opt/ml/input/config/inputdataconfig.json");
    inputs.resource_config = laid_out_json("/opt/ml/input/config/resourceconfig.json");
    inputs.job_name = spec_.name;
    inputs.module = request_.runtime.module;
    inputs.cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    inputs.base = seen_path("/opt/ml");
    std::string prefix = seen_path(python_prefix);
    inputs.python = python_.folder.empty() ? "python3" : prefix + "/bin/python3";
    if (!python_.folder.empty()) inputs.python_path = search_path(prefix);
    for (const auto& [name, value] : host_->environment) {
      if (name == "AWS_REGION") inputs.region = value;
    }
    Outcome<Script> script = read_script(inputs);
    if (!script) return Error{"AlgorithmError", "AlgorithmError: " + script.error().message, 400, {}};
    if (Outcome<void> placed = place_source(script->submit_directory); !placed) return placed;
    for (auto& variable : script->environment) set_variable(variable.first, std::move(variable.second));
    std::string code = host_->root + "/opt/ml/code";
    bool has_setup = disk_.exists(code + "/setup.py");
    std::string folder = seen_path("/opt/ml/code");
    std::vector<std::string> pip = {inputs.python, "-m", "pip", "install", "--disable-pip-version-check"};
    if (has_setup) {
      pip.insert(pip.end(), {"."});
      host_->steps.push_back({pip, folder, "InstallModuleError"});
    } else if (disk_.exists(code + "/requirements.txt")) {
      pip.insert(pip.end(), {"-r", "requirements.txt"});
      host_->steps.push_back({pip, folder, "InstallRequirementsError"});
    }
    host_->steps.push_back({script_command(*script, inputs.python, has_setup), folder, "ExecuteUserScriptError"});
    return {};
  }

  // sys.path of the interpreter, which the toolkit hands on as PYTHONPATH.
  std::vector<std::string> search_path(const std::string& prefix) const {
    std::string library = fmt::format("{}/lib/python{}", python_.base(), python_.version);
    return {prefix + "/bin", library, library + "/lib-dynload",
            fmt::format("{}/lib/python{}/site-packages", prefix, python_.version), python_.site_packages};
  }

  // The user's source: an archive in S3 (or a folder that the image has), unpacked into /opt/ml/code.
  Outcome<void> place_source(const std::string& uri) {
    if (!uri.starts_with("s3://")) return {};
    Outcome<Location> place = parse_s3_uri(uri);
    if (!place) return Error{"ClientError", "ClientError: " + place.error().message, 400, {}};
    Outcome<store::ObjectVersion> version = objects_.find(place->bucket, place->key);
    std::string archive = links_ + "/source.tar.gz";
    Outcome<void> placed = version ? objects_.place(*version, archive) : Outcome<void>(version.error());
    if (!placed) {
      return Error{"ClientError",
                   fmt::format("ClientError: sagemaker_submit_directory {}: {}", uri, placed.error().message),
                   400,
                   {}};
    }
    Outcome<void> unpacked = unpack_archive(archive, host_->root + "/opt/ml/code");
    if (!unpacked) {
      return Error{"ClientError",
                   fmt::format("ClientError: sagemaker_submit_directory {}: {}", uri, unpacked.error().message),
                   400,
                   {}};
    }
    return disk_.remove(archive);
  }

  Json laid_out_json(const std::string& path) const {
    for (const auto& [name, content] : spec_.files) {
      if (name != path) continue;
      Outcome<Json> json = parse_json(content_of(name, content));
      if (json) return *json;
    }
    return {};
  }

  void set_environment() {
    std::string path = system_path;
    if (!python_.folder.empty()) path = seen_path(python_prefix) + "/bin:" + python_.folder + "/bin:" + path;
    if (!kit_.program.empty()) path = fs::path(seen_kit()).parent_path().string() + ":" + path;
    set_variable("PATH", path);
    set_variable("HOME", seen_path("/root"));
    set_variable("TMPDIR", seen_path("/tmp"));
    set_variable("LANG", "C.UTF-8");
    set_variable("USER", "job");
    set_variable("LOGNAME", "job");
    set_variable("PYTHONUNBUFFERED", "TRUE");
    set_variable("PYTHONDONTWRITEBYTECODE", "TRUE");
    // Threads of OpenMP that spin while they wait cost 24 s where sleeping ones cost 1.5 s on a busy machine.
    set_variable("OMP_WAIT_POLICY", "passive");
    set_variable("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    if (!request_.runtime.module.empty()) set_variable("SAGEMAKER_TRAINING_MODULE", request_.runtime.module);
    if (!request_.isolated) set_variable("SAGEMAKER_BASE_DIR", seen_path("/opt/ml"));
    for (const Variables* variables : {&request_.runtime.environment, &request_.environment, &spec_.environment}) {
      for (const auto& [name, value] : *variables) set_variable(name, value);
    }
  }

  void set_variable(const std::string& name, std::string value) {
    for (auto& [known, old] : host_->environment) {
      if (known != name) continue;
      old = std::move(value);
      return;
    }
    host_->environment.emplace_back(name, std::move(value));
  }

  // A path as the job sees it: its own root, or, without one, the folder on the machine.
  std::string seen_path(const std::string& path) const {
    if (request_.isolated) return path;
    return path == "/" ? host_->root : host_->root + path;
  }

  // Without a private root, arguments that name the contract's folders must name the real ones.
  std::string seen_text(std::string text) const {
    return replace_all(std::move(text), "/opt/ml", host_->root + "/opt/ml");
  }

  // The private root belongs to the job's user; what is bound into it does not.
  Outcome<void> hand_over() {
    std::error_code error;
    fs::permissions(host_->root + "/tmp", fs::perms::all | fs::perms::sticky_bit, error);
    if (request_.user < 0) return {};
    auto user = static_cast<uid_t>(request_.user);
    if (::lchown(host_->root.c_str(), user, user) != 0) return cannot("hand over", host_->root);
    fs::recursive_directory_iterator walk(host_->root, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
      struct stat status;
      bool shared = ::lstat(walk->path().c_str(), &status) != 0 || (S_ISREG(status.st_mode) && status.st_nlink > 1);
      if (!shared && ::lchown(walk->path().c_str(), user, user) != 0) return cannot("hand over", walk->path().string());
    }
    return {};
  }

  void add_archives() {
    int number = 0;
    for (const Output& output : spec_.outputs) {
      if (!output.archive) continue;
      Archive archive;
      for (const HostPlan& host : plan_.hosts) archive.folders.push_back(host.root + output.path);
      archive.file = fmt::format("{}/archive-{}.tar.gz", request_.folder, number++);
      plan_.archives.push_back(std::move(archive));
    }
  }

  Disk& disk_;
  store::Objects& objects_;
  const Runtimes& runtimes_;
  const LayoutRequest& request_;
  const Spec& spec_;
  Python python_;
  Kit kit_;
  Plan plan_;
  std::vector<InputUse> uses_;
  HostPlan* host_ = nullptr;  // the one being made
  int number_ = 0;
  std::string links_;
  int links_made_ = 0;
};

}  // namespace

Outcome<LaidOut> lay_out(Disk& disk, store::Objects& objects, const Runtimes& runtimes, const LayoutRequest& request) {
  return Layout(disk, objects, runtimes, request).run();
}

}  // namespace penstock::job
