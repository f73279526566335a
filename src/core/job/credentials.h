// Credentials of a job: a session of its role, as SageMaker gives one to a container.
#pragma once

#include "core/access/access.h"
#include "core/job/job.h"

namespace penstock::job {

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN that act as `spec`'s role until well after its longest
// run time. The caller is arn:aws:sts::ACCOUNT:assumed-role/ROLE/SageMaker.
Variables role_credentials(access::Access& access, const Spec& spec);

}  // namespace penstock::job
