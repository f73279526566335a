// Paths: steps, their stages (predicates and positions), tuples that carry variables along, sorting and grouping.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {

Frame* Evaluator::tuple_frame(Frame* parent, const Tuple& tuple) {
  Frame* frame = new_frame(parent);
  if (tuple.size) {
    frame->names.bound = static_cast<Tuple::Bound*>(arena_.allocate(sizeof(Tuple::Bound) * tuple.size));
    std::copy_n(tuple.bound, tuple.size, frame->names.bound);
    frame->names.size = frame->names.capacity = tuple.size;
  }
  return frame;
}

// Names one after another, each in an object: no sequence is needed until an array is met.
Value Evaluator::eval_plain_path(const Node* node, Value input, Frame* frame) {
  size_t at = 0;
  Value current = input;
  const size_t count = node->items.size();
  if (node->items.front()->type == NodeType::variable) {
    current = eval(node->items.front(), input, frame);
    if (current.is_undefined()) return current;
    if (current.is_array() && !current.borrowed) {
      Array* single = new_sequence();
      single->push(arena_, input);
      return eval_steps(node, Value::of_array(single), 0, frame);
    }
    at = 1;
  }
  for (; at < count; ++at) {
    if (current.is_array()) return eval_steps(node, current, at, frame);
    if (!current.is_object()) return Value();
    tick();
    current = member_of(current, node->items[at]->text);
    if (current.is_array() && !current.borrowed) {  // its flags decide: take the long way
      Array* single = new_sequence();
      single->push(arena_, input);
      return eval_steps(node, Value::of_array(single), 0, frame);
    }
  }
  return current;
}

Value Evaluator::eval_path(const Node* node, Value input, Frame* frame) {
  Value sequence = input;
  if (!input.is_array() || node->items.front()->type == NodeType::variable) {
    Array* single = new_sequence();
    single->push(arena_, input);
    sequence = Value::of_array(single);
  }
  return eval_steps(node, sequence, 0, frame);
}

Value Evaluator::eval_steps(const Node* node, Value sequence, size_t first_step, Frame* frame) {
  Value result = sequence;
  Value tuples;
  bool is_tuples = false;
  for (size_t at = first_step; at < node->items.size(); ++at) {
    const Node* step = node->items[at];
    if (step->tuple) is_tuples = true;
    if (at == 0 && step->constructed) {
      result = eval(step, sequence, frame);
    } else if (is_tuples) {
      tuples = eval_tuple_step(step, sequence, tuples, frame);
    } else {
      result = eval_step(step, sequence, frame, at + 1 == node->items.size());
    }
    if (!is_tuples && (result.is_undefined() || (result.is_array() && ArrayView(result).size() == 0))) break;
    if (!step->has_focus) sequence = result;
    // `[1,2][0].a`: the first step, an array in brackets, gave one value; the reference then has nothing to go through.
    if (!sequence.is_array()) sequence = Value::of_array(new_sequence());
  }
  return finish_path(node, result, tuples, is_tuples, frame);
}

Value Evaluator::finish_path(const Node* node, Value result, Value tuples, bool is_tuples, Frame* frame) {
  if (is_tuples) {
    if (node->tuple) {
      result = tuples;
    } else {
      Array* values = new_sequence();
      const ArrayView items(tuples);
      for (size_t at = 0; at < items.size(); ++at) values->push(arena_, items[at].tuple->value);
      result = Value::of_array(values);
    }
  }
  if (node->keep_singleton && result.is_array()) {
    if (!result.borrowed && result.array->constructed && !result.array->sequence) {
      Array* outer = new_sequence();
      outer->push(arena_, result);
      result = Value::of_array(outer);
    }
    if (!result.borrowed) result.array->keep_singleton = true;
  }
  if (node->has_group) return eval_group(*node->group, is_tuples ? tuples : result, frame);
  return result;
}

Value Evaluator::eval_step(const Node* step, Value input, Frame* frame, bool last) {
  if (step->type == NodeType::sort) {
    const Value sorted = eval_sort(step, input, frame);
    return step->stages.empty() ? sorted : eval_stages(step, sorted, frame);
  }
  const ArrayView items(input);
  Array* results = new_sequence();
  bool nested = false;
  for (size_t at = 0; at < items.size(); ++at) {
    Value value;
    if (step->type == NodeType::name && items[at].is_object() && step->predicates.empty() && !step->has_group) {
      tick();
      value = member_of(items[at], step->text);
      if (value.is_sequence()) value = eval(step, items[at], frame);
    } else {
      value = eval(step, items[at], frame);
    }
    for (const Stage& stage : step->stages) {
      if (stage.kind == Stage::Kind::filter) value = eval_filter(stage.filter, value, frame);
    }
    if (value.is_undefined()) continue;
    nested = nested || value.is_array();
    results->push(arena_, value);
  }
  if (!nested) return Value::of_array(results);
  if (last && results->size == 1 && results->items[0].is_array() && !results->items[0].is_sequence())
    return results->items[0];
  Array* flat = new_sequence();
  for (uint32_t at = 0; at < results->size; ++at) {
    const Value value = results->items[at];
    if (!value.is_array() || (!value.borrowed && value.array->constructed)) {
      flat->push(arena_, value);
      continue;
    }
    const ArrayView inner(value);
    tick(inner.size());
    for (size_t each = 0; each < inner.size(); ++each) flat->push(arena_, inner[each]);
  }
  return Value::of_array(flat);
}

Value Evaluator::eval_stages(const Node* step, Value input, Frame* frame) {
  Value result = input;
  for (const Stage& stage : step->stages) {
    if (stage.kind == Stage::Kind::filter) {
      result = eval_filter(stage.filter, result, frame);
      continue;
    }
    if (!result.is_tuple_stream()) continue;
    for (uint32_t at = 0; at < result.array->size; ++at) {
      result.array->items[at].tuple->bind(arena_, stage.index, Value::of_number(at));
    }
  }
  return result;
}

void Evaluator::extend_tuple(const Node* step, const Tuple& from, Value result, Array* out) {
  const bool is_array = result.is_array();
  const size_t count = is_array ? ArrayView(result).size() : 1;
  tick(count);
  for (size_t at = 0; at < count; ++at) {
    const Value value = is_array ? ArrayView(result)[at] : result;
    Tuple* tuple = arena_.make<Tuple>();
    tuple->value = from.value;
    for (uint32_t each = 0; each < from.size; ++each)
      tuple->bind(arena_, from.bound[each].name, from.bound[each].value);
    if (result.is_tuple_stream()) {
      tuple->value = value.tuple->value;
      for (uint32_t each = 0; each < value.tuple->size; ++each) {
        tuple->bind(arena_, value.tuple->bound[each].name, value.tuple->bound[each].value);
      }
    } else {
      if (step->has_focus) {
        tuple->bind(arena_, step->focus, value);
      } else {
        tuple->value = value;
      }
      if (step->has_index) tuple->bind(arena_, step->index, Value::of_number(static_cast<double>(at)));
      if (step->ancestor) tuple->bind(arena_, step->ancestor->label, from.value);
    }
    out->push(arena_, Value::of_tuple(tuple));
  }
}

Value Evaluator::eval_tuple_step(const Node* step, Value input, Value tuples, Frame* frame) {
  Array* result = new_sequence();
  result->tuple_stream = true;
  if (step->type == NodeType::sort) {
    Value sorted = eval_sort(step, tuples.is_undefined() ? input : tuples, frame);
    if (tuples.is_undefined()) {
      const ArrayView items(sorted);
      for (size_t at = 0; at < items.size(); ++at) {
        Tuple* tuple = arena_.make<Tuple>();
        tuple->value = items[at];
        if (step->has_index) tuple->bind(arena_, step->index, Value::of_number(static_cast<double>(at)));
        result->push(arena_, Value::of_tuple(tuple));
      }
      sorted = Value::of_array(result);
    } else if (step->has_index && sorted.is_tuple_stream()) {
      for (uint32_t at = 0; at < sorted.array->size; ++at) {
        sorted.array->items[at].tuple->bind(arena_, step->index, Value::of_number(at));
      }
    }
    return step->stages.empty() ? sorted : eval_stages(step, sorted, frame);
  }
  const ArrayView items(tuples.is_undefined() ? input : tuples);
  for (size_t at = 0; at < items.size(); ++at) {
    Tuple plain;
    plain.value = items[at];
    const Tuple& tuple = tuples.is_undefined() ? plain : *items[at].tuple;
    const Value value = eval(step, tuple.value, tuple_frame(frame, tuple));
    if (!value.is_undefined()) extend_tuple(step, tuple, value, result);
  }
  const Value out = Value::of_array(result);
  return step->stages.empty() ? out : eval_stages(step, out, frame);
}

// Whether a predicate's result keeps the item; an array of numbers keeps it once for each that names its place.
bool Evaluator::filter_keeps(Value result, size_t at, size_t size, Value item, Array* out) {
  const auto names = [&](Value number) {
    double index = std::floor(number.number());
    if (index < 0) index += static_cast<double>(size);
    return index == static_cast<double>(at);
  };
  if (is_numeric(result)) {
    if (names(result)) out->push(arena_, item);
    return true;
  }
  if (!result.is_array()) return false;
  const ArrayView numbers(result);
  for (size_t each = 0; each < numbers.size(); ++each) {
    if (!is_numeric(numbers[each])) return false;
  }
  tick(numbers.size());
  for (size_t each = 0; each < numbers.size(); ++each) {
    if (names(numbers[each])) out->push(arena_, item);
  }
  return true;
}

Value Evaluator::eval_filter(const Node* predicate, Value input, Frame* frame) {
  Array* results = new_sequence();
  const bool tuples = input.is_tuple_stream();
  results->tuple_stream = tuples;
  if (!input.is_array()) {
    Array* single = new_sequence();
    single->push(arena_, input);
    input = Value::of_array(single);
  }
  const ArrayView items(input);
  if (predicate->type == NodeType::literal && predicate->value.is_number()) {
    double index = std::floor(predicate->value.number());
    if (index < 0) index += static_cast<double>(items.size());
    if (index < 0 || index >= static_cast<double>(items.size())) return Value::of_array(results);
    const Value item = items[static_cast<size_t>(index)];
    if (item.is_array()) return item;
    if (!item.is_undefined()) results->push(arena_, item);
    return Value::of_array(results);
  }
  for (size_t at = 0; at < items.size(); ++at) {
    const Value item = items[at];
    const Value result =
        tuples ? eval(predicate, item.tuple->value, tuple_frame(frame, *item.tuple)) : eval(predicate, item, frame);
    if (filter_keeps(result, at, items.size(), item, results)) continue;
    if (is_truthy(result)) results->push(arena_, item);
  }
  return Value::of_array(results);
}

namespace {

// -1, 0, 1 for one term; undefined comes last.
int compare_terms(const Node* step, Value left, Value right, bool descending) {
  if (left.is_undefined()) return right.is_undefined() ? 0 : 1;
  if (right.is_undefined()) return -1;
  if (!is_text_or_number(left) || !is_text_or_number(right)) {
    throw Failure{
        .code = "T2008", .position = step->position, .value = describe(is_text_or_number(left) ? right : left)};
  }
  if (left.kind != right.kind) {
    throw Failure{.code = "T2007", .position = step->position, .value = describe(left), .value2 = describe(right)};
  }
  int order;
  if (left.is_string()) {
    order = compare_text(left.string(), right.string());
  } else {
    const double a = left.number(), b = right.number();
    order = a == b ? 0 : a < b ? -1 : 1;
  }
  return descending ? -order : order;
}

}  // namespace

Value Evaluator::eval_sort(const Node* step, Value input, Frame* frame) {
  const ArrayView items(input);
  const size_t count = items.size();
  if (count <= 1) return input;
  const bool tuples = input.is_tuple_stream();
  const size_t terms = step->terms.size();
  // Each term of each item is computed once, when a comparison first needs it.
  Value* keys = arena_.make_many<Value>(count * terms);
  bool* known = arena_.make_many<bool>(count * terms);
  const auto key = [&](size_t item, size_t term) {
    const size_t at = item * terms + term;
    if (known[at]) return keys[at];
    const Value value = items[item];
    keys[at] = tuples ? eval(step->terms[term].expression, value.tuple->value, tuple_frame(frame, *value.tuple))
                      : eval(step->terms[term].expression, value, frame);
    known[at] = true;
    return keys[at];
  };
  Value* order = arena_.make_many<Value>(count);
  Value* spare = arena_.make_many<Value>(count);
  for (size_t at = 0; at < count; ++at) order[at] = Value::of_number(static_cast<double>(at));
  merge_sort(order, spare, count, [&](Value left, Value right) {
    for (size_t term = 0; term < terms; ++term) {
      const Value a = key(static_cast<size_t>(left.real), term);
      const Value b = key(static_cast<size_t>(right.real), term);
      if (const int compared = compare_terms(step, a, b, step->terms[term].descending)) return compared > 0;
    }
    return false;
  });
  Array* result = new_array();
  result->tuple_stream = tuples;
  result->sequence = tuples;
  result->reserve(arena_, count);
  for (size_t at = 0; at < count; ++at) result->push(arena_, items[static_cast<size_t>(order[at].real)]);
  return Value::of_array(result);
}

// What {...} has gathered: for each key its expression and the items that gave it.
struct Groups {
  struct Group {
    std::string_view key;
    size_t pair = 0;
    Value data;
    bool gathered = false;  // `data` is an array of this group's own
  };
  std::vector<Group> groups;
  std::unordered_map<std::string_view, size_t> index;  // once there are many

  Group* find(std::string_view key) {
    if (groups.size() > 12) {
      for (size_t at = index.size(); at < groups.size(); ++at) index.emplace(groups[at].key, at);
      const auto found = index.find(key);
      return found == index.end() ? nullptr : &groups[found->second];
    }
    const auto found = std::ranges::find(groups, key, &Group::key);
    return found == groups.end() ? nullptr : &*found;
  }
};

Value Evaluator::eval_group(const Grouping& group, Value input, Frame* frame) {
  const bool tuples = input.is_tuple_stream();
  Groups groups;
  Value alone;
  size_t count = 1;
  if (input.is_array()) {
    count = ArrayView(input).size();
    if (count == 0 && !tuples) count = 1;  // an object literal is made even for no item
  }
  for (size_t at = 0; at < count; ++at) {
    Value item = alone;
    if (!input.is_array())
      item = input;
    else if (at < ArrayView(input).size())
      item = ArrayView(input)[at];
    Frame* own = tuples ? tuple_frame(frame, *item.tuple) : frame;
    for (size_t pair = 0; pair < group.pairs.size(); ++pair) {
      const Value key = eval(group.pairs[pair].key, tuples ? item.tuple->value : item, own);
      if (key.is_undefined()) continue;
      if (!key.is_string()) throw Failure{.code = "T1003", .position = group.position, .value = describe(key)};
      Groups::Group* known = groups.find(key.string());
      if (!known) {
        groups.groups.push_back({key.string(), pair, item});
        continue;
      }
      if (known->pair != pair) throw Failure{.code = "D1009", .position = group.position, .value = describe(key)};
      if (item.is_undefined()) continue;
      if (!known->gathered) {
        known->data = append(known->data, item);
        known->gathered = known->data.is_array() && !known->data.borrowed;
        continue;
      }
      if (!item.is_array()) {
        known->data.array->push(arena_, item);
        continue;
      }
      const ArrayView more(item);
      for (size_t each = 0; each < more.size(); ++each) known->data.array->push(arena_, more[each]);
    }
  }
  return eval_group_values(group, groups, tuples, frame);
}

Value Evaluator::eval_group_values(const Grouping& group, Groups& groups, bool tuples, Frame* frame) {
  Object* result = new_object();
  for (const Groups::Group& each : groups.groups) {
    const Node* expression = group.pairs[each.pair].value;
    Value value;
    if (!tuples) {
      value = eval(expression, each.data, frame);
    } else {
      // The tuples of a group become one, each variable holding all their values.
      Tuple joined;
      const size_t count = each.data.is_array() ? ArrayView(each.data).size() : 1;
      for (size_t at = 0; at < count; ++at) {
        const Tuple& tuple = each.data.is_array() ? *ArrayView(each.data)[at].tuple : *each.data.tuple;
        joined.value = at == 0 ? tuple.value : append(joined.value, tuple.value);
        for (uint32_t name = 0; name < tuple.size; ++name) {
          Value before;
          for (uint32_t known = 0; known < joined.size; ++known) {
            if (joined.bound[known].name == tuple.bound[name].name) before = joined.bound[known].value;
          }
          joined.bind(arena_, tuple.bound[name].name,
                      at == 0 ? tuple.bound[name].value : append(before, tuple.bound[name].value));
        }
      }
      value = eval(expression, joined.value, tuple_frame(frame, joined));
    }
    if (!value.is_undefined()) result->set(arena_, each.key, value);
  }
  return Value::of_object(result);
}

}  // namespace penstock::jsonata
