"""IAM through boto3: stored, returned, paged, refused in IAM's words."""
import json

import pytest
from botocore.exceptions import ClientError

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/*"}]}
SAGEMAKER = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture
def role(iam, unique):
    iam.create_role(RoleName=unique, AssumeRolePolicyDocument=json.dumps(TRUST))
    return unique


def error_of(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_role_as_created(iam, unique):
    made = iam.create_role(
        RoleName=unique, Path="/ml/", AssumeRolePolicyDocument=json.dumps(TRUST), Description="trains", MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "a b"}],
    )["Role"]
    assert made["Arn"] == f"arn:aws:iam::123456789012:role/ml/{unique}"
    assert made["RoleId"].startswith("AROA") and len(made["RoleId"]) == 21
    got = iam.get_role(RoleName=unique)["Role"]
    assert got["AssumeRolePolicyDocument"] == TRUST
    assert (got["Description"], got["MaxSessionDuration"], got["Tags"]) == ("trains", 7200, [{"Key": "team", "Value": "a b"}])
    assert got["CreateDate"] == made["CreateDate"]


def test_role_errors(iam, role):
    assert error_of(iam.create_role, RoleName=role.upper(), AssumeRolePolicyDocument=json.dumps(TRUST)) == (
        "EntityAlreadyExists", 409, f"Role with name {role.upper()} already exists.")
    assert error_of(iam.get_role, RoleName="none") == ("NoSuchEntity", 404, "The role with name none cannot be found.")
    assert error_of(iam.create_role, RoleName="x", AssumeRolePolicyDocument="{")[:2] == ("MalformedPolicyDocument", 400)
    assert error_of(iam.update_assume_role_policy, RoleName=role, PolicyDocument=json.dumps(ALLOW))[0] == "MalformedPolicyDocument"
    assert error_of(iam.create_role, RoleName="a b", AssumeRolePolicyDocument=json.dumps(TRUST))[0] == "ValidationError"


def test_role_update(iam, role):
    iam.update_role(RoleName=role, Description="new", MaxSessionDuration=4000)
    other = TRUST | {"Statement": [TRUST["Statement"][0] | {"Principal": {"Service": "states.amazonaws.com"}}]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(other))
    got = iam.get_role(RoleName=role)["Role"]
    assert (got["Description"], got["MaxSessionDuration"], got["AssumeRolePolicyDocument"]) == ("new", 4000, other)


def test_inline_policies(iam, role):
    iam.put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=json.dumps(ALLOW))
    assert iam.get_role_policy(RoleName=role, PolicyName="read")["PolicyDocument"] == ALLOW
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["read"]
    assert error_of(iam.delete_role, RoleName=role) == ("DeleteConflict", 409, "Cannot delete entity, must delete policies first.")
    iam.delete_role_policy(RoleName=role, PolicyName="read")
    assert error_of(iam.get_role_policy, RoleName=role, PolicyName="read")[2] == "The role policy with name read cannot be found."
    iam.delete_role(RoleName=role)
    assert error_of(iam.get_role, RoleName=role)[0] == "NoSuchEntity"


def test_attached_policies(iam, role, unique):
    own = iam.create_policy(PolicyName=f"p-{unique}", PolicyDocument=json.dumps(ALLOW))["Policy"]
    iam.attach_role_policy(RoleName=role, PolicyArn=SAGEMAKER)
    iam.attach_role_policy(RoleName=role, PolicyArn=own["Arn"])
    iam.attach_role_policy(RoleName=role, PolicyArn=own["Arn"])
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AmazonSageMakerFullAccess", own["PolicyName"]]
    assert iam.get_policy(PolicyArn=own["Arn"])["Policy"]["AttachmentCount"] == 1
    assert iam.list_entities_for_policy(PolicyArn=own["Arn"])["PolicyRoles"][0]["RoleName"] == role
    assert error_of(iam.delete_policy, PolicyArn=own["Arn"])[:2] == ("DeleteConflict", 409)
    assert error_of(iam.delete_role, RoleName=role)[2] == "Cannot delete entity, must detach all policies first."
    missing = "arn:aws:iam::123456789012:policy/none"
    assert error_of(iam.attach_role_policy, RoleName=role, PolicyArn=missing) == (
        "NoSuchEntity", 404, f"Policy {missing} does not exist or is not attachable.")
    for policy in attached:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    assert error_of(iam.detach_role_policy, RoleName=role, PolicyArn=SAGEMAKER)[0] == "NoSuchEntity"
    iam.delete_policy(PolicyArn=own["Arn"])
    iam.delete_role(RoleName=role)


def test_policy_versions(iam, unique):
    arn = iam.create_policy(PolicyName=unique, PolicyDocument=json.dumps(ALLOW), Description="d")["Policy"]["Arn"]
    deny = {"Version": "2012-10-17", "Statement": [ALLOW["Statement"][0] | {"Effect": "Deny"}]}
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(deny), SetAsDefault=True)["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v2", True)
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == ALLOW
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v2", "v1"]
    assert error_of(iam.delete_policy_version, PolicyArn=arn, VersionId="v2")[0] == "DeleteConflict"
    assert error_of(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(deny))
    assert error_of(iam.create_policy_version, PolicyArn=arn, PolicyDocument=json.dumps(deny))[:2] == ("LimitExceeded", 409)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    for number in (2, 3, 4, 5):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    iam.delete_policy(PolicyArn=arn)
    assert error_of(iam.get_policy, PolicyArn=arn)[0] == "NoSuchEntity"


def test_tags(iam, role):
    iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "3"}])
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"}]
    iam.untag_role(RoleName=role, TagKeys=["a"])
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_paging(iam, unique):
    names = [f"{unique}-{i}" for i in range(7)]
    for name in names:
        iam.create_role(RoleName=name, Path=f"/{unique}/", AssumeRolePolicyDocument=json.dumps(TRUST))
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix=f"/{unique}/", PaginationConfig={"PageSize": 3}))
    assert [len(page["Roles"]) for page in pages] == [3, 3, 1]
    assert [role["RoleName"] for page in pages for role in page["Roles"]] == names
    assert error_of(iam.list_roles, Marker="not ours")[0] == "ValidationError"


def test_users_and_their_keys(server, iam, unique):
    user = iam.create_user(UserName=unique, Path="/people/")["User"]
    key = iam.create_access_key(UserName=unique)["AccessKey"]
    assert key["AccessKeyId"].startswith("AKIA") and len(key["AccessKeyId"]) == 20 and len(key["SecretAccessKey"]) == 40
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    assert server.client("sts", **credentials).get_caller_identity()["Arn"] == user["Arn"]
    assert error_of(server.client("iam", **credentials).get_user)[0] == "AccessDenied"
    own = ALLOW | {"Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/people/${aws:username}"}]}
    iam.put_user_policy(UserName=unique, PolicyName="own", PolicyDocument=json.dumps(own))
    assert server.client("iam", **credentials).get_user()["User"]["UserName"] == unique
    iam.delete_user_policy(UserName=unique, PolicyName="own")
    iam.create_access_key(UserName=unique)
    assert error_of(iam.create_access_key, UserName=unique)[:2] == ("LimitExceeded", 409)
    iam.update_access_key(UserName=unique, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert error_of(server.client("sts", **credentials).get_caller_identity)[0] == "InvalidClientTokenId"
    assert error_of(iam.delete_user, UserName=unique)[0] == "DeleteConflict"
    for metadata in iam.list_access_keys(UserName=unique)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=unique, AccessKeyId=metadata["AccessKeyId"])
    iam.put_user_policy(UserName=unique, PolicyName="p", PolicyDocument=json.dumps(ALLOW))
    assert iam.get_user_policy(UserName=unique, PolicyName="p")["PolicyDocument"] == ALLOW
    iam.delete_user_policy(UserName=unique, PolicyName="p")
    iam.attach_user_policy(UserName=unique, PolicyArn=SAGEMAKER)
    assert iam.list_attached_user_policies(UserName=unique)["AttachedPolicies"][0]["PolicyArn"] == SAGEMAKER
    iam.detach_user_policy(UserName=unique, PolicyArn=SAGEMAKER)
    iam.delete_user(UserName=unique)
    assert error_of(iam.get_user, UserName=unique)[2] == f"The user with name {unique} cannot be found."


def test_groups_and_their_users(iam, unique):
    group = iam.create_group(GroupName=unique, Path="/teams/")["Group"]
    assert group["Arn"] == f"arn:aws:iam::123456789012:group/teams/{unique}" and group["GroupId"].startswith("AGPA")
    assert error_of(iam.create_group, GroupName=unique.upper()) == ("EntityAlreadyExists", 409, f"Group with name {unique.upper()} already exists.")
    iam.create_user(UserName=unique)
    iam.add_user_to_group(GroupName=unique, UserName=unique)
    iam.add_user_to_group(GroupName=unique, UserName=unique)
    assert [user["UserName"] for user in iam.get_group(GroupName=unique)["Users"]] == [unique]
    assert [one["GroupName"] for one in iam.list_groups_for_user(UserName=unique)["Groups"]] == [unique]
    assert error_of(iam.add_user_to_group, GroupName="none", UserName=unique)[2] == "The group with name none cannot be found."
    assert error_of(iam.delete_group, GroupName=unique) == ("DeleteConflict", 409, "Cannot delete entity, must remove users from group first.")
    assert error_of(iam.delete_user, UserName=unique)[0] == "DeleteConflict"
    iam.put_group_policy(GroupName=unique, PolicyName="p", PolicyDocument=json.dumps(ALLOW))
    assert iam.get_group_policy(GroupName=unique, PolicyName="p")["PolicyDocument"] == ALLOW
    assert iam.list_group_policies(GroupName=unique)["PolicyNames"] == ["p"]
    iam.attach_group_policy(GroupName=unique, PolicyArn=SAGEMAKER)
    assert iam.list_attached_group_policies(GroupName=unique)["AttachedPolicies"][0]["PolicyArn"] == SAGEMAKER
    assert {"GroupName": unique, "GroupId": group["GroupId"]} in iam.list_entities_for_policy(PolicyArn=SAGEMAKER)["PolicyGroups"]
    iam.update_group(GroupName=unique, NewGroupName=unique + "-new", NewPath="/")
    assert [one["Arn"] for one in iam.list_groups_for_user(UserName=unique)["Groups"]] == [f"arn:aws:iam::123456789012:group/{unique}-new"]
    assert error_of(iam.get_group, GroupName=unique)[0] == "NoSuchEntity"
    assert unique + "-new" in [one["GroupName"] for page in iam.get_paginator("list_groups").paginate() for one in page["Groups"]]
    iam.remove_user_from_group(GroupName=unique + "-new", UserName=unique)
    assert error_of(iam.remove_user_from_group, GroupName=unique + "-new", UserName=unique)[0] == "NoSuchEntity"
    iam.delete_group_policy(GroupName=unique + "-new", PolicyName="p")
    iam.detach_group_policy(GroupName=unique + "-new", PolicyArn=SAGEMAKER)
    iam.delete_group(GroupName=unique + "-new")
    iam.delete_user(UserName=unique)


def test_instance_profiles(iam, role, unique):
    profile = iam.create_instance_profile(InstanceProfileName=unique, Path="/p/", Tags=[{"Key": "a", "Value": "b"}])["InstanceProfile"]
    assert profile["Arn"] == f"arn:aws:iam::123456789012:instance-profile/p/{unique}" and profile["Roles"] == []
    iam.add_role_to_instance_profile(InstanceProfileName=unique, RoleName=role)
    assert error_of(iam.add_role_to_instance_profile, InstanceProfileName=unique, RoleName=role)[0] == "LimitExceeded"
    got = iam.get_instance_profile(InstanceProfileName=unique)["InstanceProfile"]
    assert (got["Roles"][0]["RoleName"], got["Tags"]) == (role, [{"Key": "a", "Value": "b"}])
    assert [one["InstanceProfileName"] for one in iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"]] == [unique]
    assert [one["InstanceProfileName"] for one in iam.list_instance_profiles(PathPrefix="/p/")["InstanceProfiles"]] == [unique]
    conflict = ("DeleteConflict", 409, "Cannot delete entity, must remove roles from instance profile first.")
    assert error_of(iam.delete_role, RoleName=role) == error_of(iam.delete_instance_profile, InstanceProfileName=unique) == conflict
    iam.remove_role_from_instance_profile(InstanceProfileName=unique, RoleName=role)
    iam.delete_instance_profile(InstanceProfileName=unique)
    assert error_of(iam.get_instance_profile, InstanceProfileName=unique) == ("NoSuchEntity", 404, f"Instance Profile {unique} cannot be found.")
    iam.delete_role(RoleName=role)


def test_boundaries_descriptions_and_tags_of_all_kinds(iam, role, unique):
    iam.create_user(UserName=unique)
    policy = iam.create_policy(PolicyName=unique, PolicyDocument=json.dumps(ALLOW))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=policy)
    iam.put_user_permissions_boundary(UserName=unique, PermissionsBoundary=SAGEMAKER)
    assert iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == policy
    assert iam.get_user(UserName=unique)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == SAGEMAKER
    assert error_of(iam.put_user_permissions_boundary, UserName=unique, PermissionsBoundary=policy + "-none")[0] == "NoSuchEntity"
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    bounded = iam.list_policies(Scope="Local", PolicyUsageFilter="PermissionsBoundary")["Policies"]
    assert [found["Arn"] for found in bounded] == [policy]
    entities = iam.list_entities_for_policy(PolicyArn=policy, PolicyUsageFilter="PermissionsBoundary")
    assert [found["RoleName"] for found in entities["PolicyRoles"]] == [role] and entities["PolicyUsers"] == []
    assert iam.list_entities_for_policy(PolicyArn=policy, PolicyUsageFilter="PermissionsPolicy")["PolicyRoles"] == []
    assert error_of(iam.delete_policy, PolicyArn=policy)[0] == "DeleteConflict"
    iam.delete_role_permissions_boundary(RoleName=role)
    iam.delete_user_permissions_boundary(UserName=unique)
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 0
    assert "PermissionsBoundary" not in iam.get_role(RoleName=role)["Role"] and "PermissionsBoundary" not in iam.get_user(UserName=unique)["User"]
    assert iam.update_role_description(RoleName=role, Description="new")["Role"]["Description"] == "new"
    iam.tag_user(UserName=unique, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_user(UserName=unique, TagKeys=["a"])
    assert iam.list_user_tags(UserName=unique)["Tags"] == [{"Key": "b", "Value": "2"}]
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_policy(PolicyArn=policy, TagKeys=["b"])
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == [{"Key": "a", "Value": "1"}]
    iam.delete_policy(PolicyArn=policy)


def test_a_renamed_user_keeps_its_keys(server, iam, unique):
    iam.create_user(UserName=unique)
    key = iam.create_access_key(UserName=unique)["AccessKey"]
    iam.update_user(UserName=unique, NewUserName=unique + "-new", NewPath="/p/")
    assert error_of(iam.get_user, UserName=unique)[0] == "NoSuchEntity"
    sts = server.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::123456789012:user/p/{unique}-new"
    assert [one["AccessKeyId"] for one in iam.list_access_keys(UserName=unique + "-new")["AccessKeyMetadata"]] == [key["AccessKeyId"]]


def test_operation_that_is_not_served_is_named(iam):
    code, status, message = error_of(iam.list_saml_providers)
    assert status == 501 and "ListSAMLProviders" in message


def test_the_policy_simulator(iam, unique):
    role = iam.create_role(RoleName=unique, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    statements = [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/*"},
                  {"Effect": "Deny", "Action": "s3:GetObjectAcl", "Resource": "*"},
                  {"Effect": "Allow", "Action": "logs:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}]  # fmt: skip
    iam.put_role_policy(RoleName=unique, PolicyName="data", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    def decide(*actions, **more):
        answer = iam.get_paginator("simulate_principal_policy").paginate(PolicySourceArn=role, ActionNames=list(actions), PaginationConfig={"PageSize": 1}, **more)
        return [result for page in answer for result in page["EvaluationResults"]]

    allowed, denied, other = decide("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", ResourceArns=["arn:aws:s3:::data/x"])
    assert (allowed["EvalActionName"], allowed["EvalResourceName"], allowed["EvalDecision"]) == ("s3:GetObject", "arn:aws:s3:::data/x", "allowed")
    assert allowed["MatchedStatements"] == [{"SourcePolicyId": "data", "SourcePolicyType": "role"}]
    assert denied["EvalDecision"] == "explicitDeny" and other["EvalDecision"] == "implicitDeny"
    assert decide("logs:PutLogEvents")[0]["EvalDecision"] == "implicitDeny"
    region = [{"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": ["eu-west-1"], "ContextKeyType": "string"}]
    assert decide("logs:PutLogEvents", ContextEntries=region)[0]["EvalDecision"] == "allowed"
    more = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]})
    assert decide("sts:GetCallerIdentity", PolicyInputList=[more])[0]["MatchedStatements"][0]["SourcePolicyType"] == "none"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.simulate_principal_policy(PolicySourceArn=role + "-none", ActionNames=["s3:GetObject"])
