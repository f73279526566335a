// Table: rows of a data set as columns, with the memory that they view.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "core/explore/column.h"

namespace penstock::kit {

struct Table {
  size_t rows = 0;
  std::vector<explore::Column> columns;
  std::shared_ptr<const void> memory;  // what the columns' spans point into

  // The column of that name, or nullptr.
  const explore::Column* find(std::string_view name) const {
    for (const explore::Column& column : columns) {
      if (column.name == name) return &column;
    }
    return nullptr;
  }
};

}  // namespace penstock::kit
