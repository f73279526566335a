"""IAM enforced: a server with --iam enforce, and what users, roles and tasks may do there."""
import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGION = "us-east-1"


@pytest.fixture(scope="module")
def enforcing(start_server):
    with start_server() as server:
        yield server


@pytest.fixture(scope="module")
def nobody(enforcing):
    """A user without any policy."""
    return make_user(enforcing, "nobody")


def statement(effect, action, resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(**principal):
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def denial(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def make_user(server, name, *statements):
    """The user's clients, by service."""
    iam = server.client("iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return lambda service: server.client(service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def make_role(server, name, principal, *statements):
    iam = server.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(**principal))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return arn


def as_session(server, credentials, service):
    return server.client(service, aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
                         aws_session_token=credentials["SessionToken"])


PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})


MANAGED_RULE_ACTIONS = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]


def run(server, machine):
    """The end of an execution and the last failure in its history."""
    states = server.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    for _ in range(1_000):
        described = states.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
    raise AssertionError("still running")


def test_a_user_without_policies_may_do_nothing_but_say_who_it_is(enforcing, unique):
    user = make_user(enforcing, unique)
    arn = f"arn:aws:iam::{ACCOUNT}:user/{unique}"
    assert user("sts").get_caller_identity()["Arn"] == arn
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"
    assert denial(user("stepfunctions").start_execution, stateMachineArn=machine) == (
        "AccessDeniedException",
        f"User: {arn} is not authorized to perform: states:StartExecution on resource: {machine} because no identity-based policy "
        "allows the states:StartExecution action")
    assert denial(user("s3").list_buckets) == (
        "AccessDenied",
        f'User: {arn} is not authorized to perform: s3:ListAllMyBuckets on resource: * because no identity-based policy allows the '
        "s3:ListAllMyBuckets action")
    code, message = denial(user("iam").create_user, UserName="x")
    assert code == "AccessDenied" and f"iam:CreateUser on resource: arn:aws:iam::{ACCOUNT}:user/x because" in message
    code, message = denial(user("logs").create_log_group, logGroupName="/g")
    assert code == "AccessDeniedException" and f"on resource: arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g:log-stream: because" in message


HERE = f"{REGION}:{ACCOUNT}"


@pytest.mark.parametrize("service, call, parameters, action, resource", [
    ("cloudformation", "create_stack", {"StackName": "s", "TemplateBody": "{}"}, "cloudformation:CreateStack", f"arn:aws:cloudformation:{HERE}:stack/s/*"),
    ("cloudformation", "describe_stacks", {}, "cloudformation:DescribeStacks", f"arn:aws:cloudformation:{HERE}:stack/*/*"),
    ("cloudformation", "list_stacks", {}, "cloudformation:ListStacks", "*"),
    ("events", "put_rule", {"Name": "r", "ScheduleExpression": "rate(1 day)"}, "events:PutRule", f"arn:aws:events:{HERE}:rule/r"),
    ("events", "delete_rule", {"Name": "r", "EventBusName": "b"}, "events:DeleteRule", f"arn:aws:events:{HERE}:rule/b/r"),
    ("events", "put_events", {"Entries": [{"Source": "a", "DetailType": "d", "Detail": "{}"}]}, "events:PutEvents", f"arn:aws:events:{HERE}:event-bus/default"),
    ("events", "create_event_bus", {"Name": "b"}, "events:CreateEventBus", f"arn:aws:events:{HERE}:event-bus/b"),
    ("scheduler", "get_schedule", {"Name": "s"}, "scheduler:GetSchedule", f"arn:aws:scheduler:{HERE}:schedule/default/s"),
    ("scheduler", "create_schedule_group", {"Name": "g"}, "scheduler:CreateScheduleGroup", f"arn:aws:scheduler:{HERE}:schedule-group/g"),
    ("logs", "describe_log_groups", {}, "logs:DescribeLogGroups", f"arn:aws:logs:{HERE}:log-group::log-stream:"),
    ("logs", "put_log_events", {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "m"}]}, "logs:PutLogEvents",
     f"arn:aws:logs:{HERE}:log-group:g:log-stream:s"),
    ("sagemaker", "describe_training_job", {"TrainingJobName": "t"}, "sagemaker:DescribeTrainingJob", f"arn:aws:sagemaker:{HERE}:training-job/t"),
    ("sagemaker", "list_processing_jobs", {}, "sagemaker:ListProcessingJobs", "*"),
    ("stepfunctions", "list_executions", {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:m:1"}, "states:ListExecutions", f"arn:aws:states:{HERE}:stateMachine:m"),
    ("iam", "put_role_policy", {"RoleName": "none", "PolicyName": "p", "PolicyDocument": "{}"}, "iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/none"),
    ("s3", "copy_object", {"Bucket": "bbb", "Key": "k", "CopySource": "ccc/x"}, "s3:PutObject", '"arn:aws:s3:::bbb/k"'),
])  # fmt: skip
def test_denials_name_what_a_call_is_about(nobody, service, call, parameters, action, resource):
    message = denial(getattr(nobody(service), call), **parameters)[1]
    assert f" is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action" in message


def test_explicit_deny_wins_and_changes_take_effect_at_once(enforcing, unique):
    s3 = enforcing.client("s3")
    s3.create_bucket(Bucket=unique)
    bucket = f"arn:aws:s3:::{unique}"
    user = make_user(enforcing, unique, statement("Allow", "s3:*", [bucket, bucket + "/*"]),
                     statement("Deny", "s3:PutObject", bucket + "/closed/*"))
    user("s3").put_object(Bucket=unique, Key="open/a", Body=b"1")
    code, message = denial(user("s3").put_object, Bucket=unique, Key="closed/a", Body=b"1")
    assert code == "AccessDenied"
    assert f'on resource: "{bucket}/closed/a" with an explicit deny in an identity-based policy' in message
    enforcing.client("iam").put_user_policy(UserName=unique, PolicyName="own", PolicyDocument=document(statement("Allow", "s3:*")))
    user("s3").put_object(Bucket=unique, Key="closed/a", Body=b"1")
    enforcing.client("iam").delete_user_policy(UserName=unique, PolicyName="own")
    assert denial(user("s3").get_object, Bucket=unique, Key="closed/a")[0] == "AccessDenied"
    enforcing.client("iam").attach_user_policy(UserName=unique, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    user("s3").get_object(Bucket=unique, Key="closed/a")
    assert denial(user("s3").delete_object, Bucket=unique, Key="closed/a")[0] == "AccessDenied"


def test_conditions_and_variables(enforcing, unique):
    enforcing.client("s3").create_bucket(Bucket=unique)
    bucket = f"arn:aws:s3:::{unique}"
    user = make_user(enforcing, unique, statement("Allow", "s3:PutObject", bucket + "/${aws:username}/*"),
                     statement("Allow", "s3:ListBucket", bucket, Condition={"StringLike": {"s3:prefix": "home/*"}}),
                     statement("Allow", "s3:GetObject", "*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))
    user("s3").put_object(Bucket=unique, Key=f"{unique}/a", Body=b"1")
    assert denial(user("s3").put_object, Bucket=unique, Key="other/a", Body=b"1")[0] == "AccessDenied"
    user("s3").list_objects_v2(Bucket=unique, Prefix="home/x")
    assert denial(user("s3").list_objects_v2, Bucket=unique)[0] == "AccessDenied"
    assert denial(user("s3").get_object, Bucket=unique, Key=f"{unique}/a")[0] == "AccessDenied"


def test_keys_of_services_tags_and_encryption(enforcing, unique):
    s3, kms = enforcing.client("s3"), enforcing.client("kms")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="open", Body=b"1", Tagging="Class=public")
    s3.put_object(Bucket=unique, Key="shut", Body=b"1", Tagging="Class=secret")
    key, other = (kms.create_key()["KeyMetadata"] for _ in range(2))
    kms.create_alias(AliasName=f"alias/{unique}", TargetKeyId=key["KeyId"])
    role = make_role(enforcing, unique, {"Service": "sagemaker.amazonaws.com"})
    enforcing.client("iam").tag_role(RoleName=unique, Tags=[{"Key": "team", "Value": "a"}])
    user = make_user(
        enforcing, unique,
        statement("Allow", "s3:GetObject", Condition={"StringEquals": {"s3:ExistingObjectTag/Class": "public"}}),
        statement("Allow", ["s3:PutObject", "s3:PutObjectTagging"], Condition={"StringEquals": {"s3:RequestObjectTag/Class": "public"}}),
        statement("Allow", ["kms:Encrypt", "kms:Decrypt"], key["Arn"], Condition={"StringEquals": {"kms:EncryptionContext:for": "me"}}),
        statement("Allow", "sagemaker:CreateProcessingJob", Condition={"StringLike": {"sagemaker:InstanceTypes": "ml.m5.*"}}),
        statement("Allow", "iam:PassRole", role, Condition={"StringEquals": {"aws:ResourceTag/team": "b"}}),
        statement("Allow", "events:PutEvents", Condition={"ForAllValues:StringEquals": {"events:source": ["mine", "ours"]}}))  # fmt: skip
    user("s3").get_object(Bucket=unique, Key="open")
    assert denial(user("s3").get_object, Bucket=unique, Key="shut")[0] == "AccessDenied"
    user("s3").put_object(Bucket=unique, Key="new", Body=b"1", Tagging="Class=public")
    assert denial(user("s3").put_object, Bucket=unique, Key="new", Body=b"1")[0] == "AccessDenied"

    sealed = user("kms").encrypt(KeyId=f"alias/{unique}", Plaintext=b"1", EncryptionContext={"for": "me"})["CiphertextBlob"]
    assert user("kms").decrypt(CiphertextBlob=sealed, EncryptionContext={"for": "me"})["Plaintext"] == b"1"
    assert f"kms:Encrypt on resource: {other['Arn']} because" in denial(user("kms").encrypt, KeyId=other["KeyId"], Plaintext=b"1", EncryptionContext={"for": "me"})[1]
    assert denial(user("kms").encrypt, KeyId=key["KeyId"], Plaintext=b"1")[0] == "AccessDeniedException"

    job = {"ProcessingJobName": unique, "RoleArn": role, "AppSpecification": {"ImageUri": "penstock/process", "ContainerEntrypoint": ["true"]}}

    def machine(kind):
        return {"ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": kind, "VolumeSizeInGB": 1}}}

    assert "sagemaker:CreateProcessingJob" in denial(user("sagemaker").create_processing_job, **job, **machine("ml.c5.xlarge"))[1]
    assert "iam:PassRole" in denial(user("sagemaker").create_processing_job, **job, **machine("ml.m5.large"))[1]
    enforcing.client("iam").tag_role(RoleName=unique, Tags=[{"Key": "team", "Value": "b"}])
    user("sagemaker").create_processing_job(**job, **machine("ml.m5.large"))

    def publish(*sources):
        return {"Entries": [{"Source": source, "DetailType": "d", "Detail": "{}"} for source in sources]}

    user("events").put_events(**publish("mine", "ours"))
    assert denial(user("events").put_events, **publish("mine", "theirs"))[0] == "AccessDeniedException"


def test_bucket_policy_grants_and_stops_even_the_root(enforcing, unique):
    s3 = enforcing.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="a", Body=b"1")
    s3.put_object(Bucket=unique, Key="secret/a", Body=b"1")
    user = make_user(enforcing, unique)
    assert denial(user("s3").get_object, Bucket=unique, Key="a")[0] == "AccessDenied"
    objects = f"arn:aws:s3:::{unique}"
    s3.put_bucket_policy(Bucket=unique, Policy=document(
        statement("Allow", "s3:GetObject", objects + "/*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/{unique}"}),
        statement("Deny", "s3:*", objects + "/secret/*", Principal="*")))
    user("s3").get_object(Bucket=unique, Key="a")
    for client in user("s3"), s3:
        code, message = denial(client.get_object, Bucket=unique, Key="secret/a")
        assert code == "AccessDenied" and message.endswith("with an explicit deny in a resource-based policy")
    s3.delete_bucket_policy(Bucket=unique)
    s3.get_object(Bucket=unique, Key="secret/a")
    assert denial(user("s3").get_object, Bucket=unique, Key="a")[0] == "AccessDenied"


def test_roles_are_assumed_by_their_trust_policy_and_limited_by_session_policies(enforcing, unique):
    user = make_user(enforcing, unique)
    other = make_user(enforcing, unique + "-other")
    role = make_role(enforcing, unique, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{unique}"}, statement("Allow", ["logs:*", "states:*"]))
    assert denial(other("sts").assume_role, RoleArn=role, RoleSessionName="s1") == (
        "AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/{unique}-other is not authorized to perform: sts:AssumeRole on resource: {role}")
    session = user("sts").assume_role(RoleArn=role, RoleSessionName="s1")["Credentials"]
    as_session(enforcing, session, "logs").describe_log_groups()
    as_session(enforcing, session, "stepfunctions").list_state_machines()
    code, message = denial(as_session(enforcing, session, "sagemaker").list_training_jobs)
    assert code == "AccessDeniedException"
    assert message.startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{unique}/s1 is not authorized to perform: sagemaker:ListTrainingJobs")
    limited = user("sts").assume_role(RoleArn=role, RoleSessionName="s1", Policy=document(statement("Allow", "logs:*")))["Credentials"]
    as_session(enforcing, limited, "logs").describe_log_groups()
    message = denial(as_session(enforcing, limited, "stepfunctions").list_state_machines)[1]
    assert message.endswith("because no session policy allows the states:ListStateMachines action")


def test_users_have_the_policies_of_their_groups(enforcing, unique):
    iam = enforcing.client("iam")
    user = make_user(enforcing, unique)
    iam.create_group(GroupName=unique)
    iam.put_group_policy(GroupName=unique, PolicyName="own", PolicyDocument=document(statement("Allow", "logs:*")))
    assert denial(user("logs").describe_log_groups)[0] == "AccessDeniedException"
    iam.add_user_to_group(GroupName=unique, UserName=unique)
    user("logs").describe_log_groups()
    iam.attach_group_policy(GroupName=unique, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    user("s3").list_buckets()
    iam.put_group_policy(GroupName=unique, PolicyName="own", PolicyDocument=document(statement("Deny", "s3:*")))
    assert denial(user("s3").list_buckets)[1].endswith("with an explicit deny in an identity-based policy")
    iam.remove_user_from_group(GroupName=unique, UserName=unique)
    assert denial(user("s3").list_buckets)[1].endswith("because no identity-based policy allows the s3:ListAllMyBuckets action")


def test_boundaries_limit_what_policies_allow(enforcing, unique):
    iam = enforcing.client("iam")
    boundary = iam.create_policy(PolicyName=unique, PolicyDocument=document(statement("Allow", "logs:*")))["Policy"]["Arn"]
    iam.create_user(UserName=unique, PermissionsBoundary=boundary)
    iam.attach_user_policy(UserName=unique, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName=unique)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    enforcing.client("logs", **keys).describe_log_groups()
    message = denial(enforcing.client("s3", **keys).list_buckets)[1]
    assert message.endswith("because no permissions boundary allows the s3:ListAllMyBuckets action")


def test_a_role_is_passed_only_by_who_may_and_only_to_whom_it_trusts(enforcing, unique):
    role = make_role(enforcing, unique, {"Service": "states.amazonaws.com"})
    user = make_user(enforcing, unique, statement("Allow", "states:*"))
    assert denial(user("stepfunctions").create_state_machine, name=unique, definition=PASS, roleArn=role) == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/{unique} is not authorized to perform: iam:PassRole on resource: {role} because no "
        "identity-based policy allows the iam:PassRole action")
    enforcing.client("iam").put_user_policy(UserName=unique, PolicyName="pass", PolicyDocument=document(
        statement("Allow", "iam:PassRole", role, Condition={"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}})))
    user("stepfunctions").create_state_machine(name=unique, definition=PASS, roleArn=role)
    jobs = make_role(enforcing, unique + "-jobs", {"Service": "sagemaker.amazonaws.com"})
    for wrong in jobs, f"arn:aws:iam::{ACCOUNT}:role/none":
        assert denial(enforcing.client("stepfunctions").create_state_machine, name=unique + "-2", definition=PASS, roleArn=wrong) == (
            "AccessDeniedException",
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.")


@pytest.mark.parametrize("resource, rule", [
    ("sagemaker:createTrainingJob.sync", "SageMakerTrainingJobsRule"), ("sagemaker:createProcessingJob.sync", "SageMakerProcessingJobsRule"),
    ("states:startExecution.sync", "StepFunctionsExecutionRule"), ("states:startExecution.sync:2", "StepFunctionsExecutionRule")])  # fmt: skip
def test_a_machine_that_waits_for_jobs_needs_a_role_that_may_make_the_managed_rule(enforcing, unique, resource, rule):
    """Step Functions hears of a job's end by a rule of EventBridge, which it makes as the machine's role."""
    states, iam = enforcing.client("stepfunctions"), enforcing.client("iam")
    role = make_role(enforcing, unique, {"Service": "states.amazonaws.com"}, statement("Allow", ["sagemaker:*", "states:*", "iam:PassRole"]))

    def machine(name):
        task = {"Type": "Task", "Resource": f"arn:aws:states:::{name}", "Parameters": {}, "End": True}
        inner = {"StartAt": "A", "States": {"A": task}}
        return json.dumps({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}})

    refused = ("AccessDeniedException", f"'{role}' is not authorized to create managed-rule.")
    assert denial(states.create_state_machine, name=unique, definition=machine(resource), roleArn=role) == refused
    made = states.create_state_machine(name=unique, definition=machine(resource.split(".")[0]), roleArn=role)["stateMachineArn"]
    assert denial(states.update_state_machine, stateMachineArn=made, definition=machine(resource)) == refused
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsFor{rule}"
    for missing in MANAGED_RULE_ACTIONS:
        some = [action for action in MANAGED_RULE_ACTIONS if action != missing]
        iam.put_role_policy(RoleName=unique, PolicyName="rules", PolicyDocument=document(statement("Allow", some, arn)))
        assert denial(states.update_state_machine, stateMachineArn=made, definition=machine(resource)) == refused
    iam.put_role_policy(RoleName=unique, PolicyName="rules", PolicyDocument=document(statement("Allow", MANAGED_RULE_ACTIONS, arn)))
    states.update_state_machine(stateMachineArn=made, definition=machine(resource))


def test_tasks_act_as_the_machines_role(enforcing, unique):
    enforcing.client("s3").create_bucket(Bucket=unique)
    role = make_role(enforcing, unique, {"Service": "states.amazonaws.com"})
    definition = json.dumps({"StartAt": "A", "States": {"A": {
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "End": True,
        "Parameters": {"Bucket": unique, "Key": "a", "Body": "text"}}}})
    machine = enforcing.client("stepfunctions").create_state_machine(name=unique, definition=definition, roleArn=role)["stateMachineArn"]
    failed = run(enforcing, machine)
    assert failed["status"] == "FAILED" and failed["error"] == "S3.AccessDeniedException"
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/{unique}/" in failed["cause"]
    assert f'is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::{unique}/a"' in failed["cause"]
    enforcing.client("iam").put_role_policy(RoleName=unique, PolicyName="own", PolicyDocument=document(
        statement("Allow", "s3:PutObject", f"arn:aws:s3:::{unique}/*")))
    assert run(enforcing, machine)["status"] == "SUCCEEDED"
    enforcing.client("iam").delete_role_policy(RoleName=unique, PolicyName="own")
    enforcing.client("iam").delete_role(RoleName=unique)
    gone = run(enforcing, machine)
    assert gone["status"] == "FAILED" and gone["error"] == "States.Permissions"


def test_a_jobs_role_must_reach_its_inputs_and_outputs(enforcing, unique):
    enforcing.client("s3").create_bucket(Bucket=unique)
    enforcing.client("s3").put_object(Bucket=unique, Key="train/a.csv", Body=b"1")
    role = make_role(enforcing, unique, {"Service": "sagemaker.amazonaws.com"}, statement("Allow", "s3:PutObject", f"arn:aws:s3:::{unique}/*"))
    sagemaker = enforcing.client("sagemaker")
    request = dict(
        AlgorithmSpecification={"TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
                                "TrainingInputMode": "File"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{unique}/train/"}}}],
        OutputDataConfig={"S3OutputPath": f"s3://{unique}/out"}, StoppingCondition={"MaxRuntimeInSeconds": 60},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1})
    sagemaker.create_training_job(TrainingJobName=unique, RoleArn=role, **request)
    job = None
    for _ in range(2_000):
        job = sagemaker.describe_training_job(TrainingJobName=unique)
        if job["TrainingJobStatus"] != "InProgress":
            break
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed:AccessDenied (403): User: ")
    assert f'assumed-role/{unique}/SageMaker is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{unique}/train/"' in job["FailureReason"]
    code, message = denial(sagemaker.create_training_job, TrainingJobName=unique + "-2", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none", **request)
    assert code == "ValidationException" and message.startswith(f"Could not assume role arn:aws:iam::{ACCOUNT}:role/none.")


def test_log_mode_lets_pass_and_records(start_server, unique):
    with start_server(arguments=("--iam", "log")) as server:
        user = make_user(server, unique)
        user("s3").list_buckets()
        denied = []
        for _ in range(100):  # an answer that only reads does not wait for the record to be on the disk
            shown = server.run("access", "denials", "--json")
            assert shown.returncode == 0, shown.stderr
            if denied := json.loads(shown.stdout):
                break
        assert [(d["who"], d["action"], d["resource"], d["enforced"]) for d in denied] == [
            (f"arn:aws:iam::{ACCOUNT}:user/{unique}", "s3:ListAllMyBuckets", "*", False)]


def test_a_role_need_not_describe_what_its_task_waits_for(enforcing, unique):
    """On AWS the end comes as an event; awslabs/mlmax's role may create processing jobs, not describe them."""
    states = enforcing.client("stepfunctions")
    role = make_role(enforcing, unique, {"Service": "states.amazonaws.com"}, statement("Allow", ["states:StartExecution", *MANAGED_RULE_ACTIONS]))
    child = states.create_state_machine(name=unique + "-child", definition=PASS, roleArn=role)["stateMachineArn"]
    task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": {"StateMachineArn": child, "Input": {"a": 1}},
            "OutputPath": "$.Output", "End": True}  # fmt: skip
    parent = states.create_state_machine(name=unique, definition=json.dumps({"StartAt": "A", "States": {"A": task}}), roleArn=role)["stateMachineArn"]
    done = run(enforcing, parent)
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"a": 1}), done


def test_roles_of_rules_schedules_and_stacks_are_passed_too(enforcing, unique):
    """Where a role is handed over, the caller needs iam:PassRole for that service, and the role must trust it."""
    role = make_role(enforcing, unique, {"Service": ["events.amazonaws.com", "scheduler.amazonaws.com", "cloudformation.amazonaws.com"]})
    wrong = make_role(enforcing, unique + "-jobs", {"Service": "sagemaker.amazonaws.com"})
    machine = f"arn:aws:states:{HERE}:stateMachine:m"
    user = make_user(enforcing, unique, statement("Allow", ["events:*", "scheduler:*", "cloudformation:*"]))
    enforcing.client("events").put_rule(Name=unique, EventPattern='{"source": ["a"]}')
    template = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}})
    calls = {
        "events": ("put_targets", lambda arn: {"Rule": unique, "Targets": [{"Id": "a", "Arn": machine, "RoleArn": arn}]},
                   ("ValidationException", f"Provided role '{wrong}' cannot be assumed by principal 'events.amazonaws.com'.")),
        "scheduler": ("create_schedule", lambda arn: {"Name": unique, "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"},
                                                      "Target": {"Arn": machine, "RoleArn": arn}},
                      ("ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")),
        "cloudformation": ("create_stack", lambda arn: {"StackName": unique, "TemplateBody": template, "RoleARN": arn},
                           ("ValidationError", f"Role {wrong} is invalid or cannot be assumed")),
    }  # fmt: skip
    for service, (call, parameters, refusal) in calls.items():
        message = denial(getattr(user(service), call), **parameters(role))[1]
        assert f"is not authorized to perform: iam:PassRole on resource: {role} because" in message, service
        assert denial(getattr(enforcing.client(service), call), **parameters(wrong)) == refusal
    services = ["events.amazonaws.com", "scheduler.amazonaws.com"]
    enforcing.client("iam").put_user_policy(UserName=unique, PolicyName="pass", PolicyDocument=document(
        statement("Allow", "iam:PassRole", role, Condition={"StringEquals": {"iam:PassedToService": services}})))
    user("events").put_targets(**calls["events"][1](role))
    user("scheduler").create_schedule(**calls["scheduler"][1](role))
    assert "iam:PassRole" in denial(user("cloudformation").create_stack, **calls["cloudformation"][1](role))[1]


def test_trust_may_ask_for_whom_a_service_acts(enforcing, unique):
    """The condition that AWS recommends against confused deputies."""
    iam, states = enforcing.client("iam"), enforcing.client("stepfunctions")
    name = f"arn:aws:states:{HERE}:stateMachine:{unique}"
    condition = {"ArnLike": {"aws:SourceArn": name}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    trusted = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": condition}
    role = iam.create_role(RoleName=unique, AssumeRolePolicyDocument=document(trusted))["Role"]["Arn"]
    states.create_state_machine(name=unique, definition=PASS, roleArn=role)
    assert denial(states.create_state_machine, name=unique + "-2", definition=PASS, roleArn=role)[0] == "AccessDeniedException"


def test_rules_and_schedules_act_as_their_role(start_server, unique):
    """What the role may not do ends as a dead letter; so does what it may not do any more."""
    with start_server(clock="virtual") as server:
        services = {"Service": ["events.amazonaws.com", "states.amazonaws.com"]}
        role = make_role(server, unique, services)
        machine = server.client("stepfunctions").create_state_machine(name=unique, definition=PASS, roleArn=role)["stateMachineArn"]
        events = server.client("events")
        events.put_rule(Name=unique, EventPattern='{"source": ["mine"]}')
        events.put_targets(Rule=unique, Targets=[{"Id": "a", "Arn": machine, "RoleArn": role}])

        def publish():
            events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])

        def letters(count):
            for _ in range(1_000):
                shown = server.run("sql", "--json", "select value from record where kind = 'event.dead_letter' order by key")
                found = [json.loads(row["value"]) for row in json.loads(shown.stdout)]
                if len(found) >= count:
                    return found
            raise AssertionError(f"{len(found)} dead letters, not {count}")

        publish()
        assert f"is not authorized to perform: states:StartExecution on resource: {machine}" in letters(1)[0]["errorMessage"]
        server.client("iam").update_assume_role_policy(RoleName=unique, PolicyDocument=trust(Service="states.amazonaws.com"))
        publish()
        assert any("cannot be assumed by principal 'events.amazonaws.com'" in letter["errorMessage"] for letter in letters(2))
        assert server.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"] == []


def test_stacks_are_made_as_who_asks_or_as_their_role(enforcing, unique):
    cfn, iam = enforcing.client("cloudformation"), enforcing.client("iam")
    allowed = [statement("Allow", "cloudformation:*"), statement("Allow", "iam:PassRole")]
    user = make_user(enforcing, unique, *allowed)
    template = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": unique}}}})

    def ended(name):
        for _ in range(2_000):
            stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return stack
        raise AssertionError(f"{name} is still at work")

    def reasons(name):
        return [event.get("ResourceStatusReason", "") for event in cfn.describe_stack_events(StackName=name)["StackEvents"]]

    stack = user("cloudformation").create_stack(StackName=unique, TemplateBody=template, OnFailure="DO_NOTHING")["StackId"]
    assert ended(stack)["StackStatus"] == "CREATE_FAILED"
    assert any(f"user/{unique} is not authorized to perform: s3:CreateBucket" in reason and "HandlerErrorCode: AccessDenied" in reason
               for reason in reasons(stack)), reasons(stack)  # fmt: skip
    user("cloudformation").delete_stack(StackName=unique)

    role = make_role(enforcing, unique, {"Service": "cloudformation.amazonaws.com"}, statement("Allow", "s3:*", f"arn:aws:s3:::{unique}"))
    stack = user("cloudformation").create_stack(StackName=unique + "-2", TemplateBody=template, RoleARN=role)["StackId"]
    made = ended(stack)
    assert (made["StackStatus"], made["RoleARN"]) == ("CREATE_COMPLETE", role), reasons(stack)
    iam.put_user_policy(UserName=unique, PolicyName="own", PolicyDocument=document(statement("Allow", "cloudformation:*")))
    user("cloudformation").delete_stack(StackName=unique + "-2")  # the role that it was given acts again, without being passed again
    assert ended(stack)["StackStatus"] == "DELETE_COMPLETE", reasons(stack)

    # A session policy limits what a stack does as well.
    admin = make_role(enforcing, unique + "-admin", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, statement("Allow", "*"))
    session = enforcing.client("sts").assume_role(RoleArn=admin, RoleSessionName="s1", Policy=document(statement("Allow", "cloudformation:*")))["Credentials"]
    stack = as_session(enforcing, session, "cloudformation").create_stack(StackName=unique + "-3", TemplateBody=template, OnFailure="DO_NOTHING")["StackId"]
    assert ended(stack)["StackStatus"] == "CREATE_FAILED"
    assert any("because no session policy allows the s3:CreateBucket action" in reason for reason in reasons(stack))

    # A template is read from a bucket as who asks.
    enforcing.client("s3").create_bucket(Bucket=unique)
    enforcing.client("s3").put_object(Bucket=unique, Key="t.json", Body=template.encode())
    message = denial(user("cloudformation").create_stack, StackName=unique + "-4", TemplateURL=f"https://s3.amazonaws.com/{unique}/t.json")[1]
    assert message.startswith("S3 error: Access Denied")


def run_named(server, machine, name):
    states = server.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=machine, name=name)["executionArn"]
    for _ in range(20_000):
        described = states.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
    raise AssertionError("still running")


def test_least_privilege_is_enough_and_no_statement_of_it_too_many(enforcing, unique):
    """A run with a task of S3 and a job; then again with the policies that are printed, and with one statement less."""
    s3, iam, states = enforcing.client("s3"), enforcing.client("iam"), enforcing.client("stepfunctions")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="in/a.txt", Body=b"1")
    job_role = make_role(enforcing, unique + "-job", {"Service": "sagemaker.amazonaws.com"}, statement("Allow", "*"))
    role = make_role(enforcing, unique, {"Service": "states.amazonaws.com"}, statement("Allow", "*"))
    put = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Next": "Job", "ResultPath": None,
           "Parameters": {"Bucket": unique, "Key.$": "States.Format('runs/{}/note', $$.Execution.Name)", "Body": "text"}}
    job = {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync", "End": True, "Parameters": {
        "ProcessingJobName.$": "States.Format('job-{}', $$.Execution.Name)", "RoleArn": job_role,
        "AppSpecification": {"ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
                             "ContainerEntrypoint": ["sh", "-c", "cat /opt/ml/processing/in/a.txt > /opt/ml/processing/out/b.txt"]},
        "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": f"s3://{unique}/in/", "LocalPath": "/opt/ml/processing/in",
                                                             "S3DataType": "S3Prefix", "S3InputMode": "File"}}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": {
            "S3Uri": f"s3://{unique}/out/", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}}]},
        "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}}}}
    definition = json.dumps({"StartAt": "Put", "States": {"Put": put, "Job": job}})
    machine = states.create_state_machine(name=unique, definition=definition, roleArn=role)["stateMachineArn"]
    first = run_named(enforcing, machine, "first-run")
    assert first["status"] == "SUCCEEDED", first

    shown = enforcing.run("access", "least-privilege", "first-run")
    assert shown.returncode == 0, shown.stderr
    policies = json.loads(shown.stdout)
    assert set(policies) == {role, job_role}
    assert statement("Allow", ["s3:PutObject"], [f"arn:aws:s3:::{unique}/runs/*/note"]) in policies[role]["Statement"]
    assert statement("Allow", ["s3:GetObject"], [f"arn:aws:s3:::{unique}/in/*"]) in policies[job_role]["Statement"]

    def allow(arn, statements):
        iam.put_role_policy(RoleName=arn.split("/")[-1], PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    for arn, policy in policies.items():
        allow(arn, policy["Statement"])
    states.update_state_machine(stateMachineArn=machine, definition=definition)
    again = run_named(enforcing, machine, "second-run")
    assert again["status"] == "SUCCEEDED", again
    for arn, policy in policies.items():
        for number, left_out in enumerate(policy["Statement"]):
            allow(arn, [one for one in policy["Statement"] if one != left_out] or [statement("Allow", "logs:Nothing")])
            if left_out["Action"] == MANAGED_RULE_ACTIONS:  # asked for when the machine is made, not in a run
                assert "managed-rule" in denial(states.update_state_machine, stateMachineArn=machine, definition=definition)[1]
                continue
            failed = run_named(enforcing, machine, f"without-{number}-of-{arn.split('/')[-1]}")
            assert failed["status"] == "FAILED", left_out
            assert left_out["Action"][0] in failed["cause"], failed
        allow(arn, policy["Statement"])

    unknown = enforcing.run("access", "least-privilege", "never-run")
    assert unknown.returncode == 1 and "there is no execution 'never-run'" in unknown.stderr


# ---- keys and their policies


def key_policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def for_principal(arn, action, **more):
    return {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": action, "Resource": "*", **more}


ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"


def test_a_keys_policy_must_allow_or_leave_it_to_the_account(enforcing, unique):
    kms = enforcing.client("kms")
    own, other = make_user(enforcing, unique), make_user(enforcing, unique + "-2", statement("Allow", "kms:*"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/{unique}"
    key = kms.create_key(Policy=key_policy(for_principal(arn, ["kms:Encrypt", "kms:Decrypt"]), for_principal(ROOT_ARN, "kms:*Policy")))["KeyMetadata"]["Arn"]
    sealed = own("kms").encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"]  # named by the key's policy: no policy of its own is needed
    assert own("kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"1"
    assert "because no resource-based policy allows the kms:DescribeKey action" in denial(own("kms").describe_key, KeyId=key)[1]
    code, message = denial(other("kms").decrypt, CiphertextBlob=sealed)
    assert (code, message) == ("AccessDeniedException", f"User: arn:aws:iam::{ACCOUNT}:user/{unique}-2 is not authorized to perform: kms:Decrypt "
                               f"on resource: {key} because no resource-based policy allows the kms:Decrypt action")  # fmt: skip
    assert denial(kms.decrypt, CiphertextBlob=sealed)[0] == "AccessDeniedException"  # not even the root
    kms.put_key_policy(KeyId=key, Policy=key_policy(for_principal(ROOT_ARN, "kms:*")))
    assert other("kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"1"
    assert "because no identity-based policy" in denial(own("kms").decrypt, CiphertextBlob=sealed)[1]
    denying = for_principal(f"arn:aws:iam::{ACCOUNT}:user/{unique}-2", "kms:Decrypt") | {"Effect": "Deny"}
    kms.put_key_policy(KeyId=key, Policy=key_policy(for_principal(ROOT_ARN, "kms:*"), denying))
    assert denial(other("kms").decrypt, CiphertextBlob=sealed)[1].endswith("with an explicit deny in a resource-based policy")


def test_a_key_policy_that_locks_its_maker_out_is_refused(enforcing, unique):
    kms = enforcing.client("kms")
    make_user(enforcing, unique)
    lost = key_policy(for_principal(f"arn:aws:iam::{ACCOUNT}:user/{unique}", "kms:*"))
    refused = ("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
    assert denial(kms.create_key, Policy=lost) == refused
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert denial(kms.put_key_policy, KeyId=key, Policy=lost) == refused
    kms.put_key_policy(KeyId=key, Policy=lost, BypassPolicyLockoutSafetyCheck=True)
    assert denial(kms.get_key_policy, KeyId=key)[0] == "AccessDeniedException"


def test_who_reads_and_writes_sse_kms_objects_needs_the_key(enforcing, unique):
    """Also by way of a task of a state machine."""
    s3, kms, iam = enforcing.client("s3"), enforcing.client("kms"), enforcing.client("iam")
    s3.create_bucket(Bucket=unique)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    user = make_user(enforcing, unique, statement("Allow", "s3:*"))
    sealed = {"Bucket": unique, "Key": "a", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(**sealed, Body=b"1")

    def lacks(action):
        return ("AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/{unique} is not authorized to perform: {action} on resource: {key} because "
                f"no identity-based policy allows the {action} action")  # fmt: skip

    assert denial(user("s3").put_object, **sealed, Body=b"1") == lacks("kms:GenerateDataKey")
    assert denial(user("s3").create_multipart_upload, **sealed) == lacks("kms:GenerateDataKey")
    assert denial(user("s3").get_object, Bucket=unique, Key="a") == lacks("kms:Decrypt")
    assert denial(user("s3").copy_object, Bucket=unique, Key="b", CopySource=f"{unique}/a") == lacks("kms:Decrypt")
    user("s3").head_object(Bucket=unique, Key="a")

    by_s3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT,
                              "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{unique}/a"}}  # fmt: skip
    iam.put_user_policy(UserName=unique, PolicyName="keys", PolicyDocument=document(statement("Allow", ["kms:GenerateDataKey", "kms:Decrypt"], key, Condition=by_s3)))
    user("s3").put_object(**sealed, Body=b"2")
    assert user("s3").get_object(Bucket=unique, Key="a")["Body"].read() == b"2"
    assert denial(user("s3").put_object, **(sealed | {"Key": "b"}), Body=b"2") == lacks("kms:GenerateDataKey")
    assert denial(user("kms").generate_data_key, KeyId=key, KeySpec="AES_256")[0] == "AccessDeniedException"  # not by S3
    # The account's own key needs no permission.
    user("s3").put_object(Bucket=unique, Key="managed", Body=b"3", ServerSideEncryption="aws:kms")
    assert user("s3").get_object(Bucket=unique, Key="managed")["Body"].read() == b"3"

    role = make_role(enforcing, unique, {"Service": "states.amazonaws.com"}, statement("Allow", "s3:*"))
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "Parameters": {"Bucket": unique, "Key": "a"}, "End": True}
    machine = enforcing.client("stepfunctions").create_state_machine(
        name=unique, definition=json.dumps({"StartAt": "A", "States": {"A": task}}), roleArn=role)["stateMachineArn"]  # fmt: skip
    failed = run(enforcing, machine)
    assert failed["status"] == "FAILED" and f"kms:Decrypt on resource: {key}" in failed["cause"]
    iam.put_role_policy(RoleName=unique, PolicyName="keys", PolicyDocument=document(statement("Allow", "kms:Decrypt", key)))
    assert run(enforcing, machine)["status"] == "SUCCEEDED"


def test_a_jobs_role_needs_the_keys_of_its_inputs_and_outputs(enforcing, unique):
    s3, sagemaker, iam = enforcing.client("s3"), enforcing.client("sagemaker"), enforcing.client("iam")
    s3.create_bucket(Bucket=unique)
    key = enforcing.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=unique, Key="in/a.txt", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    role = make_role(enforcing, unique, {"Service": "sagemaker.amazonaws.com"}, statement("Allow", ["s3:*", "logs:*"]))

    def end(name):
        sagemaker.create_processing_job(
            ProcessingJobName=name, RoleArn=role,
            AppSpecification={"ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
                              "ContainerEntrypoint": ["sh", "-c", "cat /opt/ml/processing/in/a.txt > /opt/ml/processing/out/b.txt"]},
            ProcessingInputs=[{"InputName": "in", "S3Input": {"S3Uri": f"s3://{unique}/in/", "LocalPath": "/opt/ml/processing/in",
                                                              "S3DataType": "S3Prefix", "S3InputMode": "File"}}],
            ProcessingOutputConfig={"KmsKeyId": key, "Outputs": [{"OutputName": "out", "S3Output": {
                "S3Uri": f"s3://{unique}/out/", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}}]},
            ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}})
        for _ in range(20_000):
            job = sagemaker.describe_processing_job(ProcessingJobName=name)
            if job["ProcessingJobStatus"] != "InProgress":
                return job
        raise AssertionError("still running")

    failed = end(unique + "-1")
    assert failed["ProcessingJobStatus"] == "Failed" and f"kms:Decrypt on resource: {key}" in failed["FailureReason"], failed
    iam.put_role_policy(RoleName=unique, PolicyName="keys", PolicyDocument=document(statement("Allow", "kms:Decrypt", key)))
    failed = end(unique + "-2")
    assert failed["ProcessingJobStatus"] == "Failed" and f"kms:GenerateDataKey on resource: {key}" in failed["FailureReason"], failed
    iam.put_role_policy(RoleName=unique, PolicyName="keys", PolicyDocument=document(statement("Allow", ["kms:Decrypt", "kms:GenerateDataKey"], key)))
    assert end(unique + "-3")["ProcessingJobStatus"] == "Completed"
    assert s3.get_object(Bucket=unique, Key="out/b.txt")["SSEKMSKeyId"] == key


def test_secure_parameters_need_their_key(enforcing, unique):
    ssm, key = enforcing.client("ssm"), enforcing.client("kms").create_key()["KeyMetadata"]["Arn"]
    ssm.put_parameter(Name=unique, Value="v", Type="SecureString", KeyId=key)
    user = make_user(enforcing, unique, statement("Allow", "ssm:*"))
    assert denial(user("ssm").get_parameter, Name=unique, WithDecryption=True) == (
        "AccessDeniedException", f"User: arn:aws:iam::{ACCOUNT}:user/{unique} is not authorized to perform: kms:Decrypt on resource: {key} because "
        "no identity-based policy allows the kms:Decrypt action")
    user("ssm").get_parameter(Name=unique)
    user("ssm").put_parameter(Name=unique + "-2", Value="v", Type="SecureString")
    assert user("ssm").get_parameter(Name=unique + "-2", WithDecryption=True)["Parameter"]["Value"] == "v"


# ---- condition keys


def test_tags_of_what_a_call_is_about(enforcing, unique):
    """aws:ResourceTag of each kind of resource that has tags."""
    logs, events, kms, ssm = (enforcing.client(name) for name in ("logs", "events", "kms", "ssm"))
    states, scheduler = enforcing.client("stepfunctions"), enforcing.client("scheduler")
    role = make_role(enforcing, unique, {"Service": "states.amazonaws.com"})
    user = make_user(enforcing, unique, statement("Allow", "*", Condition={"StringEquals": {"aws:ResourceTag/Team": "mine"}}))

    def check(service, call, made, tag):
        """`made`: makes one of a name and gives the parameters of `call`; `tag`: tags it."""
        parameters = made(unique + "-" + service)
        assert denial(getattr(user(service), call), **parameters)[0] in ("AccessDeniedException", "AccessDenied"), service
        tag(parameters, "other")
        assert denial(getattr(user(service), call), **parameters)[0] in ("AccessDeniedException", "AccessDenied"), service
        tag(parameters, "mine")
        getattr(user(service), call)(**parameters)

    upper = lambda value: [{"Key": "Team", "Value": value}]  # noqa: E731
    check("stepfunctions", "describe_state_machine",
          lambda name: {"stateMachineArn": states.create_state_machine(name=name, definition=PASS, roleArn=role)["stateMachineArn"]},
          lambda made, value: states.tag_resource(resourceArn=made["stateMachineArn"], tags=[{"key": "Team", "value": value}]))
    check("logs", "describe_log_streams", lambda name: logs.create_log_group(logGroupName=name) and {"logGroupName": name},
          lambda made, value: logs.tag_log_group(logGroupName=made["logGroupName"], tags={"Team": value}))
    check("events", "describe_rule", lambda name: events.put_rule(Name=name, ScheduleExpression="rate(1 day)") and {"Name": name},
          lambda made, value: events.tag_resource(ResourceARN=f"arn:aws:events:{HERE}:rule/{made['Name']}", Tags=upper(value)))
    check("kms", "describe_key", lambda name: {"KeyId": kms.create_key()["KeyMetadata"]["KeyId"]},
          lambda made, value: kms.tag_resource(KeyId=made["KeyId"], Tags=[{"TagKey": "Team", "TagValue": value}]))
    check("ssm", "get_parameter", lambda name: ssm.put_parameter(Name=name, Value="v", Type="String") and {"Name": name},
          lambda made, value: ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=made["Name"], Tags=upper(value)))
    check("scheduler", "get_schedule_group", lambda name: scheduler.create_schedule_group(Name=name) and {"Name": name},
          lambda made, value: scheduler.tag_resource(ResourceArn=f"arn:aws:scheduler:{HERE}:schedule-group/{made['Name']}", Tags=upper(value)))


@pytest.mark.parametrize("condition, allowed, refused", [
    ({"StringLike": {"s3:prefix": "home/*"}}, {"Prefix": "home/x"}, {"Prefix": "x"}),
    ({"StringEquals": {"s3:delimiter": "/"}}, {"Delimiter": "/"}, {}),
    ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"MaxKeys": 10}, {"MaxKeys": 11}),
    ({"Bool": {"aws:SecureTransport": "false"}}, {}, None),
    ({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, {}, None),
    ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, None, {}),
    ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/*"}}, {}, None),
    ({"StringEquals": {"aws:PrincipalTag/Team": "mine"}}, {}, None),
    ({"StringEquals": {"aws:PrincipalTag/Team": "other"}}, None, {}),
    ({"StringEquals": {"aws:PrincipalType": "User", "aws:PrincipalAccount": ACCOUNT}}, {}, None)])  # fmt: skip
def test_condition_keys_of_a_listing(enforcing, unique, condition, allowed, refused):
    enforcing.client("s3").create_bucket(Bucket=unique)
    user = make_user(enforcing, unique, statement("Allow", "s3:ListBucket", Condition=condition))
    enforcing.client("iam").tag_user(UserName=unique, Tags=[{"Key": "Team", "Value": "mine"}])
    if allowed is not None:
        user("s3").list_objects_v2(Bucket=unique, **allowed)
    if refused is not None:
        assert denial(user("s3").list_objects_v2, Bucket=unique, **refused)[0] == "AccessDenied"


def test_condition_keys_of_writes_versions_and_new_tags(enforcing, unique):
    s3 = enforcing.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_bucket_versioning(Bucket=unique, VersioningConfiguration={"Status": "Enabled"})
    first, second = (s3.put_object(Bucket=unique, Key="in/a", Body=text)["VersionId"] for text in (b"1", b"2"))
    user = make_user(
        enforcing, unique, statement("Allow", "s3:GetObject"),
        statement("Allow", "s3:GetObjectVersion", Condition={"StringEquals": {"s3:VersionId": first}}),
        statement("Allow", "s3:PutObject", f"arn:aws:s3:::{unique}/copies/*", Condition={"StringLike": {"s3:x-amz-copy-source": f"{unique}/in/*"}}),
        statement("Allow", "s3:PutObject", f"arn:aws:s3:::{unique}/sealed/*", Condition={"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}}),
        statement("Allow", "states:CreateActivity", Condition={"StringEquals": {"aws:RequestTag/Team": "mine"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}))  # fmt: skip
    user("s3").get_object(Bucket=unique, Key="in/a", VersionId=first)
    assert denial(user("s3").get_object, Bucket=unique, Key="in/a", VersionId=second)[0] == "AccessDenied"
    user("s3").copy_object(Bucket=unique, Key="copies/a", CopySource=f"/{unique}/in/a")
    s3.put_object(Bucket=unique, Key="out/a", Body=b"1")
    assert denial(user("s3").copy_object, Bucket=unique, Key="copies/a", CopySource=f"{unique}/out/a")[0] == "AccessDenied"
    assert denial(user("s3").put_object, Bucket=unique, Key="copies/a", Body=b"1")[0] == "AccessDenied"
    user("s3").put_object(Bucket=unique, Key="sealed/a", Body=b"1", ServerSideEncryption="AES256")
    assert denial(user("s3").put_object, Bucket=unique, Key="sealed/a", Body=b"1")[0] == "AccessDenied"
    mine, other = {"key": "Team", "value": "mine"}, {"key": "Other", "value": "x"}
    user("stepfunctions").create_activity(name=unique, tags=[mine])
    for tags in [], [other], [mine, other], [{"key": "Team", "value": "theirs"}]:
        assert denial(user("stepfunctions").create_activity, name=unique + "-2", tags=tags)[0] == "AccessDeniedException"


def test_the_external_id_of_a_trust_policy(enforcing, unique):
    user = make_user(enforcing, unique)
    trusted = for_principal(f"arn:aws:iam::{ACCOUNT}:user/{unique}", "sts:AssumeRole", Condition={"StringEquals": {"sts:ExternalId": "42"}})
    del trusted["Resource"]
    role = enforcing.client("iam").create_role(RoleName=unique, AssumeRolePolicyDocument=document(trusted))["Role"]["Arn"]
    user("sts").assume_role(RoleArn=role, RoleSessionName="s1", ExternalId="42")
    for given in {}, {"ExternalId": "43"}:
        assert denial(user("sts").assume_role, RoleArn=role, RoleSessionName="s1", **given)[0] == "AccessDenied"
