// A first recipe for a data set, made from its profile: something to run at once and to edit afterwards.
#pragma once

#include <string>
#include <string_view>

#include "base/outcome.h"
#include "core/explore/profile.h"

namespace penstock::learn {

enum class Problem { regression, classification };

struct RecipeSuggestion {
  std::string yaml;  // of core/learn/recipe.h, with a comment on each column that is left out
  Problem problem = Problem::regression;
};

// The rules (docs/learning.md): a target that is a text, a truth value or a whole number of at most 20 values makes a
// classification, stratified. Numbers are standardized, missing ones with the median; truth values stay; texts of at
// most 50 values become a column each, of more the mean of the target (of several classes a hash); moments become year,
// cycles of month and weekday, and hour. Left out are columns of one value or of none, and identifiers: texts and whole
// numbers of which each occurs once. Errors: NoSuchColumn, BadTarget (one value or none), NoFeatures.
Outcome<RecipeSuggestion> suggest_recipe(const explore::Profile& profile, std::string_view target);

}  // namespace penstock::learn
