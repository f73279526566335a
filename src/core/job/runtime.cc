#include "core/job/runtime.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "core/job/shipped_runtimes.h"

namespace penstock::job {

namespace {

namespace fs = std::filesystem;

// Where the build found the kit's libraries, which it is linked to there; empty without them.
#ifdef PENSTOCK_KIT_PACKAGES
constexpr const char* kit_packages = PENSTOCK_KIT_PACKAGES;
#else
constexpr const char* kit_packages = "";
#endif

constexpr std::array<Compatibility, 1> compatibilities = {
    {{"scikit-learn-0.20", "scikit_learn_0_20", shipped_scikit_learn_0_20}}};

Error invalid(const std::string& file, const YAML::Mark& mark, std::string_view what) {
  return Error{"InvalidRuntimes", fmt::format("{}:{}: {}", file, mark.line + 1, what), 400, {}};
}

// One entry of the map; yaml-cpp's own exceptions are caught by parse_runtimes.
Outcome<Runtime> read_runtime(const std::string& name, const YAML::Node& node, const std::string& file) {
  Runtime runtime;
  runtime.name = name;
  if (!node.IsMap()) return invalid(file, node.Mark(), fmt::format("runtime '{}' must be a map", name));
  static const std::vector<std::string_view> known = {"images",        "python",      "script_mode", "module",
                                                      "compatibility", "environment", "kit",         "metrics"};
  for (const auto& member : node) {
    auto key = member.first.as<std::string>();
    if (key == "images") {
      runtime.images = member.second.as<std::vector<std::string>>();
    } else if (key == "python") {
      runtime.python = member.second.as<std::string>();
    } else if (key == "script_mode") {
      runtime.script_mode = member.second.as<bool>();
    } else if (key == "module") {
      runtime.module = member.second.as<std::string>();
    } else if (key == "compatibility") {
      runtime.compatibility = member.second.as<std::string>();
      if (find_compatibility(runtime.compatibility) == nullptr) {
        return invalid(file, member.second.Mark(),
                       fmt::format("runtime '{}' has an unknown compatibility '{}'; there is '{}'", name,
                                   runtime.compatibility, compatibilities.front().name));
      }
    } else if (key == "kit") {
      runtime.kit = member.second.as<std::string>();
    } else if (key == "metrics") {
      for (const auto& pair : member.second) {
        runtime.metrics.push_back({pair.first.as<std::string>(), pair.second.as<std::string>()});
      }
    } else if (key == "environment") {
      for (const auto& pair : member.second) {
        runtime.environment.emplace_back(pair.first.as<std::string>(), pair.second.as<std::string>());
      }
    } else {
      std::string_view near = nearest_word(key, known);
      std::string hint = near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near);
      return invalid(file, member.first.Mark(), fmt::format("runtime '{}' has an unknown key '{}'{}", name, key, hint));
    }
  }
  if (!runtime.compatibility.empty() && runtime.python.empty()) {
    return invalid(file, node.Mark(), fmt::format("runtime '{}' has a compatibility, which needs 'python'", name));
  }
  if (runtime.images.empty()) return invalid(file, node.Mark(), fmt::format("runtime '{}' names no images", name));
  return runtime;
}

std::string cache_folder() {
  if (const char* cache = std::getenv("PENSTOCK_CACHE"); cache != nullptr && *cache != '\0') return cache;
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/.cache/penstock";
}

// Reads "key = value" of a pyvenv.cfg.
std::string setting(const std::string& text, std::string_view key) {
  for (std::string_view line : split(text, '\n')) {
    size_t equals = line.find('=');
    if (equals != std::string_view::npos && trim(line.substr(0, equals)) == key)
      return std::string(trim(line.substr(equals + 1)));
  }
  return {};
}

}  // namespace

std::string Python::base() const {
  return fs::path(home).parent_path().string();
}

const Compatibility* find_compatibility(std::string_view name) {
  for (const Compatibility& known : compatibilities) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

std::string_view builtin_algorithm(const Runtime& runtime) {
  return runtime.kit == "commands" ? std::string_view() : std::string_view(runtime.kit);
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Outcome<std::vector<Runtime>> parse_runtimes(const std::string& yaml, const std::string& file) {
  std::vector<Runtime> runtimes;
  try {
    YAML::Node root = YAML::Load(yaml);
    if (root.IsNull()) return runtimes;
    if (!root.IsMap() || !root["runtimes"] || !root["runtimes"].IsMap()) {
      return invalid(file, root.Mark(), "needs a map 'runtimes: {NAME: {images: [...]}}'");
    }
    for (const auto& entry : root["runtimes"]) {
      auto name = entry.first.as<std::string>();
      for (const Runtime& other : runtimes) {
        if (other.name == name)
          return invalid(file, entry.first.Mark(), fmt::format("runtime '{}' stands twice", name));
      }
      Outcome<Runtime> runtime = read_runtime(name, entry.second, file);
      if (!runtime) return runtime.error();
      runtimes.push_back(*std::move(runtime));
    }
  } catch (const YAML::Exception& exception) {
    return invalid(file, exception.mark, exception.msg);
  }
  return runtimes;
}

Outcome<Runtimes> Runtimes::open(Disk& disk, std::string user_file, std::string cache) {
  Runtimes all;
  all.user_file_ = std::move(user_file);
  all.cache_ = cache.empty() ? cache_folder() : std::move(cache);
  if (disk.exists(all.user_file_)) {
    Outcome<std::string> text = disk.read_file(all.user_file_);
    if (!text) return text.error();
    Outcome<std::vector<Runtime>> own = parse_runtimes(*text, all.user_file_);
    if (!own) return own.error();
    all.runtimes_ = *std::move(own);
  }
  Outcome<std::vector<Runtime>> shipped = parse_runtimes(shipped_runtimes, "runtimes.yaml");
  if (!shipped) return shipped.error();
  for (Runtime& runtime : *shipped) all.runtimes_.push_back(std::move(runtime));
  return all;
}

Outcome<Runtime> Runtimes::find(std::string_view image) const {
  for (const Runtime& runtime : runtimes_) {
    for (const std::string& pattern : runtime.images) {
      if (matches_pattern(pattern, image)) return runtime;
    }
  }
  return Error{"ValidationException",
               fmt::format("No runtime runs the image '{0}'. Add these three lines to {1} and start again:\n"
                           "runtimes:\n"
                           "  my-runtime:\n"
                           "    {{images: [\"{0}\"], python: scikit-learn, script_mode: true}}",
                           image, user_file_.empty() ? "DATA/runtimes.yaml" : user_file_),
               400,
               {}};
}

Outcome<Kit> Runtimes::kit(const std::string& program) {
  std::error_code error;
  Kit kit;
  kit.program = fs::canonical(program, error).string();
  if (error) {
    return Error{"ValidationException",
                 fmt::format("This image is run by penstock-kit, which is not at {}: `make setup build` makes it.",
                             program.empty() ? "(no path)" : program),
                 400,
                 {}};
  }
  for (const std::string& folder : {kit.program + ".libs", std::string(kit_packages)}) {
    if (!folder.empty() && fs::is_directory(folder, error)) kit.folders.push_back(folder);
  }
  return kit;
}

Outcome<Python> Runtimes::python(const Runtime& runtime) const {
  Python python;
  std::error_code error;
  fs::path named =
      runtime.python.starts_with('/') ? fs::path(runtime.python) : fs::path(cache_) / "python" / runtime.python;
  auto absent = [&](std::string_view what) {
    return Error{
        "ValidationException",
        fmt::format("The Python environment of runtime '{}' cannot be used: {} ({}). Make it by "
                    "`scripts/python_environment.sh runtimes/{}.txt` (`make setup` does), or set PENSTOCK_CACHE.",
                    runtime.name, what, named.string(), runtime.python),
        400,
        {}};
  };
  python.folder = fs::canonical(named, error).string();
  if (error) return absent(error.message());
  SystemDisk disk;
  Outcome<std::string> text = disk.read_file(python.folder + "/pyvenv.cfg");
  if (!text) return absent("it has no pyvenv.cfg");
  python.home = setting(*text, "home");
  python.interpreter = fs::canonical(fs::path(python.folder) / "bin/python3", error).string();
  if (error || python.home.empty()) return absent("its interpreter is gone");
  std::vector<std::string_view> numbers;
  std::string version = setting(*text, "version");
  numbers = split(version, '.');
  if (numbers.size() < 2) return absent("its pyvenv.cfg has no version");
  python.version = fmt::format("{}.{}", numbers[0], numbers[1]);
  python.site_packages = fmt::format("{}/lib/python{}/site-packages", python.folder, python.version);
  return python;
}

}  // namespace penstock::job
