#include "kit/xgboost.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace penstock::kit {

namespace {

// Fills one function; remembers the first name that the library lacks.
class Symbols {
 public:
  explicit Symbols(void* library) : library_(library) {}

  template <class Function>
  void fill(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(::dlsym(library_, name));
    if (!function && absent_.empty()) absent_ = name;
  }
  const std::string& absent() const { return absent_; }

 private:
  void* library_;
  std::string absent_;
};

}  // namespace

Outcome<Xgboost> open_xgboost() {
  // Threads that wait must sleep: XGBoost's OpenMP spins by default, which costs 20 times the time on a busy machine.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  // Beside the executable first, as an image carries it (scripts/kit_image.sh); else where the build found the wheel.
  std::error_code error;
  const std::string beside =
      std::filesystem::read_symlink("/proc/self/exe", error).string() + ".libs/xgboost/lib/libxgboost.so";
  const std::string path = std::filesystem::exists(beside, error) ? beside : PENSTOCK_XGBOOST_LIBRARY;
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) return Error{"NoXgboost", fmt::format("cannot open XGBoost: {}; make setup makes it", ::dlerror())};
  Xgboost api = {};
  Symbols symbols(library);
  symbols.fill(api.last_error, "XGBGetLastError");
  symbols.fill(api.version, "XGBoostVersion");
  symbols.fill(api.dmatrix_from_mat, "XGDMatrixCreateFromMat");
  symbols.fill(api.dmatrix_from_dense, "XGDMatrixCreateFromDense");
  symbols.fill(api.dmatrix_set_info, "XGDMatrixSetInfoFromInterface");
  symbols.fill(api.dmatrix_set_float_info, "XGDMatrixSetFloatInfo");
  symbols.fill(api.dmatrix_set_str_feature_info, "XGDMatrixSetStrFeatureInfo");
  symbols.fill(api.dmatrix_free, "XGDMatrixFree");
  symbols.fill(api.booster_create, "XGBoosterCreate");
  symbols.fill(api.booster_free, "XGBoosterFree");
  symbols.fill(api.booster_set_param, "XGBoosterSetParam");
  symbols.fill(api.booster_update, "XGBoosterUpdateOneIter");
  symbols.fill(api.booster_eval, "XGBoosterEvalOneIter");
  symbols.fill(api.booster_predict, "XGBoosterPredictFromDMatrix");
  symbols.fill(api.booster_predict_dense, "XGBoosterPredictFromDense");
  symbols.fill(api.booster_load, "XGBoosterLoadModel");
  symbols.fill(api.booster_load_buffer, "XGBoosterLoadModelFromBuffer");
  symbols.fill(api.booster_save, "XGBoosterSaveModel");
  symbols.fill(api.booster_save_buffer, "XGBoosterSaveModelToBuffer");
  symbols.fill(api.booster_rounds, "XGBoosterBoostedRounds");
  symbols.fill(api.booster_slice, "XGBoosterSlice");
  symbols.fill(api.booster_feature_score, "XGBoosterFeatureScore");
  if (!symbols.absent().empty()) {
    return Error{"NoXgboost", fmt::format("{} has no function {}: not the pinned release", path, symbols.absent())};
  }
  return api;
}

}  // namespace penstock::kit

#ifdef __SANITIZE_THREAD__
// XGBoost's threads wait for each other inside libgomp, which ThreadSanitizer does not see. Compiled in, since a job
// does not inherit TSAN_OPTIONS.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libxgboost.so\n";
}
#endif
