// The Access objects that generated tables point to, one per C++ type.
#pragma once

#include <optional>

#include "aws/protocol/shape.h"
#include "aws/protocol/types.h"

namespace penstock::aws {

template <class T>
struct Slot {
  static const void* get(const void* slot) { return slot; }
  static void* make(void* slot) { return slot; }
};

template <class T>
struct Slot<std::optional<T>> {
  static const void* get(const void* slot) {
    const auto& value = *static_cast<const std::optional<T>*>(slot);
    return value ? &*value : nullptr;
  }
  static void* make(void* slot) { return &static_cast<std::optional<T>*>(slot)->emplace(); }
};

template <class T>
struct Slot<Box<T>> {
  static const void* get(const void* slot) {
    const auto& value = *static_cast<const Box<T>*>(slot);
    return value ? &*value : nullptr;
  }
  static void* make(void* slot) { return &static_cast<Box<T>*>(slot)->emplace(); }
};

template <class T>
inline constexpr Access access_of = {Slot<T>::get, Slot<T>::make};

template <class List>
inline constexpr ListAccess list_access_of = {
    [](const void* list) { return static_cast<const List*>(list)->size(); },
    [](const void* list, size_t index) -> const void* { return &(*static_cast<const List*>(list))[index]; },
    [](void* list) -> void* { return &static_cast<List*>(list)->emplace_back(); },
};

template <class T>
inline constexpr MapAccess map_access_of = {
    [](const void* map) { return static_cast<const Map<T>*>(map)->size(); },
    [](const void* map, size_t index) -> std::string_view { return static_cast<const Map<T>*>(map)->at(index).first; },
    [](const void* map, size_t index) -> const void* { return &static_cast<const Map<T>*>(map)->at(index).second; },
    [](void* map, std::string key) -> void* { return &static_cast<Map<T>*>(map)->append(std::move(key)); },
};

}  // namespace penstock::aws
