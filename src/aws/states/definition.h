// What CreateStateMachine and UpdateStateMachine check and keep: the definition and the configurations.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/context.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/execution/revisions.h"
#include "models/states/state_machine.h"

namespace penstock::aws::states {

// The compiled program; error InvalidDefinition with all findings.
Outcome<std::shared_ptr<const pipeline::Program>> compile_definition(Context& context, const std::string& definition,
                                                                     pipeline::MachineType type);

// The documents as they are kept and answered: with AWS's defaults. Errors: InvalidLoggingConfiguration.
Outcome<Json> logging_document(Context& context, const std::optional<LoggingConfiguration>& configuration);
Json tracing_document(const std::optional<TracingConfiguration>& configuration);
// Null when none is given. A customer's key is kept and told, not used: what is stored here is protected by the data
// directory's permissions. InvalidEncryptionConfiguration.
Outcome<Json> encryption_document(const std::optional<EncryptionConfiguration>& configuration);

// May the role have log lines delivered, if `logging` (a document of ours) asks for any? AccessDeniedException.
Outcome<void> check_log_delivery(const Context& context, const Json& logging, std::string_view role_arn);

// The execution's role needs that permission so that its machine can be made again (`penstock access least-privilege`).
void note_log_delivery(const Context& context, const execution::Revision& revision, const std::string& execution_arn);

// And back, for answers.
LoggingConfiguration logging_of(const Json& document);
TracingConfiguration tracing_of(const Json& document);
// What was given; else AWS's default, which is told of machines in the newer language only (recorded).
std::optional<EncryptionConfiguration> encryption_of(const execution::Revision& revision);
EncryptionConfiguration encryption_of(const Json& document);  // null: AWS's default

// DescribeStateMachine's variableReferences; nothing when no state reads a variable.
std::optional<Map<std::vector<std::string>>> variable_reference_map(const pipeline::Program& program);

}  // namespace penstock::aws::states
