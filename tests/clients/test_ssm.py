"""SSM's Parameter Store with boto3."""
import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def ssm(server):
    return server.client("ssm")


def refused(code, call, **parameters):
    """The message of the error with that code."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    assert error.value.response["Error"]["Code"] == code, error.value
    return error.value.response["Error"].get("Message", "")


def test_a_parameter_has_versions(ssm):
    assert ssm.put_parameter(Name="/versions/a", Value="one", Type="String", Description="first")["Version"] == 1
    message = refused("ParameterAlreadyExists", ssm.put_parameter, Name="/versions/a", Value="two", Type="String")
    assert message.startswith("The parameter already exists. To overwrite this value")
    assert ssm.put_parameter(Name="/versions/a", Value="two", Overwrite=True) | {"ResponseMetadata": 0} == {
        "Version": 2, "Tier": "Standard", "ResponseMetadata": 0}
    parameter = ssm.get_parameter(Name="/versions/a")["Parameter"]
    assert (parameter["Value"], parameter["Version"], parameter["Type"], parameter["DataType"]) == ("two", 2, "String", "text")
    assert parameter["ARN"].startswith("arn:aws:ssm:us-east-1:") and parameter["ARN"].endswith(":parameter/versions/a")
    assert ssm.get_parameter(Name=parameter["ARN"])["Parameter"]["Value"] == "two"
    old = ssm.get_parameter(Name="/versions/a:1")["Parameter"]
    assert (old["Value"], old["Selector"]) == ("one", ":1")
    refused("ParameterVersionNotFound", ssm.get_parameter, Name="/versions/a:9")
    ssm.label_parameter_version(Name="/versions/a", ParameterVersion=1, Labels=["prod"])
    assert ssm.get_parameter(Name="/versions/a:prod")["Parameter"]["Value"] == "one"
    history = ssm.get_parameter_history(Name="/versions/a")["Parameters"]
    assert [(one["Version"], one["Value"], one["Labels"]) for one in history] == [(1, "one", ["prod"]), (2, "two", [])]
    refused("HierarchyTypeMismatchException", ssm.put_parameter, Name="/versions/a", Value="x", Type="StringList", Overwrite=True)


def test_many_are_read_and_deleted_at_once(ssm):
    for name in ("many.a", "many.b"):
        ssm.put_parameter(Name=name, Value=name.upper(), Type="StringList")
    got = ssm.get_parameters(Names=["many.a", "many.b", "many.c"])
    assert [one["Value"] for one in got["Parameters"]] == ["MANY.A", "MANY.B"] and got["InvalidParameters"] == ["many.c"]
    assert got["Parameters"][0]["ARN"].endswith(":parameter/many.a")
    gone = ssm.delete_parameters(Names=["many.a", "many.c"])
    assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (["many.a"], ["many.c"])
    ssm.delete_parameter(Name="many.b")
    refused("ParameterNotFound", ssm.get_parameter, Name="many.b")
    refused("ParameterNotFound", ssm.delete_parameter, Name="many.b")


def test_paths(ssm):
    for name in ("/tree/a", "/tree/b", "/tree/deep/c", "/treetop"):
        ssm.put_parameter(Name=name, Value="v", Type="String")

    def names(**options):
        pages = ssm.get_paginator("get_parameters_by_path").paginate(**options, PaginationConfig={"PageSize": 1})
        return [one["Name"] for page in pages for one in page["Parameters"]]

    assert names(Path="/tree") == ["/tree/a", "/tree/b"]
    assert names(Path="/tree/", Recursive=True) == ["/tree/a", "/tree/b", "/tree/deep/c"]
    refused("ValidationException", ssm.get_parameters_by_path, Path="tree")
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": ["/tree"]}])
    assert [one["Name"] for one in described["Parameters"]] == ["/tree/a", "/tree/b", "/tree/deep/c", "/treetop"]
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": ["/tree/deep"]}])
    assert [one["Name"] for one in described["Parameters"]] == ["/tree/deep/c"]
    refused("ValidationException", ssm.describe_parameters, ParameterFilters=[{"Key": "Colour", "Values": ["red"]}])


def test_a_secure_string_is_encrypted(server, ssm):
    key = server.client("kms").create_key()["KeyMetadata"]["KeyId"]
    secret = "a secret that no other test writes"
    ssm.put_parameter(Name="/secure/own", Value=secret, Type="SecureString", KeyId=key)
    ssm.put_parameter(Name="/secure/default", Value=secret, Type="SecureString")
    for name in ("/secure/own", "/secure/default"):
        assert "secret" not in ssm.get_parameter(Name=name)["Parameter"]["Value"]
        assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == secret
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Type", "Values": ["SecureString"]}])["Parameters"]
    assert {one["Name"]: one["KeyId"] for one in described} == {"/secure/own": key, "/secure/default": "alias/aws/ssm"}
    for file in server.data.glob("penstock.db*"):
        assert secret.encode() not in file.read_bytes()
    server.client("kms").disable_key(KeyId=key)
    assert "is disabled" in refused("InvalidKeyId", ssm.get_parameter, Name="/secure/own", WithDecryption=True)
    refused("InvalidKeyId", ssm.put_parameter, Name="/secure/none", Value="x", Type="SecureString", KeyId="alias/none")


def test_what_may_be_a_parameter(ssm):
    refused("ValidationException", ssm.put_parameter, Name="awsthing", Value="x", Type="String")
    refused("ValidationException", ssm.put_parameter, Name="a/b", Value="x", Type="String")
    assert refused("ValidationException", ssm.put_parameter, Name="/t", Value="x") == (
        "A parameter type is required when you create a parameter.")
    refused("ValidationException", ssm.put_parameter, Name="/t", Value="x" * 4097, Type="String")
    assert ssm.put_parameter(Name="/large", Value="x" * 4097, Type="String", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    refused("ParameterPatternMismatchException", ssm.put_parameter, Name="/t", Value="x", Type="String", AllowedPattern=r"^\d+$")
    ssm.put_parameter(Name="/digits", Value="12", Type="String", AllowedPattern=r"^\d+$")
    refused("ValidationException", ssm.put_parameter, Name="/t", Value="x", Type="String", DataType="aws:ec2:image")


def test_tags(ssm):
    ssm.put_parameter(Name="/tagged", Value="x", Type="String", Tags=[{"Key": "a", "Value": "1"}])
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/tagged", Tags=[{"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId="/tagged", TagKeys=["a"])
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/tagged")["TagList"] == [{"Key": "b", "Value": "2"}]
    refused("InvalidResourceId", ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="/none")
