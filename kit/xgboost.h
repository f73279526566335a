// XGBoost's C API, as far as the kit uses it: opened from the pinned wheel when first needed, so that the other
// commands start without it. The wheel has no header; the declarations are those of XGBoost 3.2's documented C API.
#pragma once

#include <cstdint>
#include <string>

#include "base/outcome.h"

namespace penstock::kit {

using BoosterHandle = void*;
using DMatrixHandle = void*;
using bst_ulong = uint64_t;

// The functions return 0, or -1 with last_error() saying why. All take and give JSON or arrays as XGBoost documents.
struct Xgboost {
  const char* (*last_error)();
  void (*version)(int* major, int* minor, int* patch);
  int (*dmatrix_from_mat)(const float* data, bst_ulong rows, bst_ulong columns, float missing, DMatrixHandle* out);
  int (*dmatrix_from_dense)(const char* data, const char* config, DMatrixHandle* out);
  int (*dmatrix_set_info)(DMatrixHandle matrix, const char* field, const char* data);
  int (*dmatrix_set_float_info)(DMatrixHandle matrix, const char* field, const float* data, bst_ulong length);
  int (*dmatrix_set_str_feature_info)(DMatrixHandle matrix, const char* field, const char** features, bst_ulong size);
  int (*dmatrix_free)(DMatrixHandle matrix);
  int (*booster_create)(const DMatrixHandle matrices[], bst_ulong count, BoosterHandle* out);
  int (*booster_free)(BoosterHandle booster);
  int (*booster_set_param)(BoosterHandle booster, const char* name, const char* value);
  int (*booster_update)(BoosterHandle booster, int iteration, DMatrixHandle train);
  int (*booster_eval)(BoosterHandle booster, int iteration, DMatrixHandle matrices[], const char* names[],
                      bst_ulong count, const char** out);
  int (*booster_predict)(BoosterHandle booster, DMatrixHandle matrix, const char* config, const bst_ulong** shape,
                         bst_ulong* dimensions, const float** result);
  int (*booster_predict_dense)(BoosterHandle booster, const char* values, const char* config, DMatrixHandle matrix,
                               const bst_ulong** shape, bst_ulong* dimensions, const float** result);
  int (*booster_load)(BoosterHandle booster, const char* path);
  int (*booster_load_buffer)(BoosterHandle booster, const void* bytes, bst_ulong length);
  int (*booster_save)(BoosterHandle booster, const char* path);
  int (*booster_save_buffer)(BoosterHandle booster, const char* config, bst_ulong* length, const char** bytes);
  int (*booster_rounds)(BoosterHandle booster, int* out);
  int (*booster_slice)(BoosterHandle booster, int begin, int end, int step, BoosterHandle* out);
  int (*booster_feature_score)(BoosterHandle booster, const char* config, bst_ulong* features, const char*** names,
                               bst_ulong* dimensions, const bst_ulong** shape, const float** scores);
};

// Opens the library (it stays open). Error "NoXgboost" names the file that was tried.
Outcome<Xgboost> open_xgboost();

}  // namespace penstock::kit
