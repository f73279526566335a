"""A pytest plugin for s3-tests: buckets begin as AWS made them until April 2023, with ACLs and without a public access block.

The suite is older than that. What AWS asks for since then (and Penstock does, too) is sent after each CreateBucket.
"""
import botocore.client

make_api_call = botocore.client.BaseClient._make_api_call


def make_as_of_old(client, operation, parameters):
    if operation != "CreateBucket" or parameters.get("ObjectOwnership", "ObjectWriter") == "BucketOwnerEnforced":
        return make_api_call(client, operation, parameters)
    grants = {name: value for name, value in parameters.items() if name == "ACL" or name.startswith("Grant")}
    rest = {name: value for name, value in parameters.items() if name not in grants}
    made = make_api_call(client, operation, {"ObjectOwnership": "ObjectWriter", **rest})
    bucket = {"Bucket": parameters["Bucket"]}
    make_api_call(client, "DeletePublicAccessBlock", dict(bucket))
    if grants:
        make_api_call(client, "PutBucketAcl", bucket | grants)
    return made


botocore.client.BaseClient._make_api_call = make_as_of_old
