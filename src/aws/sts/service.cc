#include "aws/sts/service.h"

#include "aws/sts/identity.h"

namespace penstock::aws::sts {

const ServiceTable& service() {
  static const ServiceTable table = list(op<GetCallerIdentity>(get_caller_identity), op<AssumeRole>(assume_role),
                                         op<GetSessionToken>(get_session_token));
  return table;
}

}  // namespace penstock::aws::sts
