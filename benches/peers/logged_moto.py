"""The AWS that all peers work on: the moto of our tests, with the repairs that the peers need besides, and a log.

It starts and ends as `tests/moto/server.py` does: prints `listening on PORT`, and ends when its standard input closes.
Each request is a line on standard error, `request: POST / HTTP/1.1 -> 200`.
"""

import json
import sys
from pathlib import Path

from moto.awslambda.responses import LambdaResponse
from moto.awslambda.urls import url_paths as lambda_paths
from moto.rds.exceptions import DBParameterGroupNotFoundError
from moto.rds.models import DBClusterParameterGroup, DBParameterGroup, RDSBackend
from moto.rds.responses import RDSResponse
from moto.s3.responses import S3Response

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/moto"))
import server


class LoggingRequestHandler(server.RequestHandler):
    def answer(self, body, status, headers):
        sys.stderr.write(f"request: {self.requestline} -> {status[:3]}\n")  # In one piece: many are answered at once.
        super().answer(body, status, headers)


# Repairs of moto, besides those of the tests. Each says what AWS does.

# DescribeDBParameters and DescribeDBClusterParameters: a fresh group lists some hundreds of parameters without a value, of
# the source `engine-default`, and one that is set has the source `user`; `Source` asks for one of them. moto lists only
# what is set, and takes no notice of `Source`. Ansible checks a parameter's name first, so some names are there now.
DEFAULTS = {
    DBClusterParameterGroup: (
        "rds.force_ssl",
        "log_min_duration_statement",
        "shared_preload_libraries",
        "timezone",
        "rds.logical_replication",
        "log_statement",
        "server_encoding",
    ),
    DBParameterGroup: (
        "max_connections",
        "work_mem",
        "idle_in_transaction_session_timeout",
        "statement_timeout",
        "log_lock_waits",
    ),
}


def list_defaults(group, update_name):
    init, update = group.__init__, getattr(group, update_name)

    def init_with_defaults(self, *args, **kwargs):
        init(self, *args, **kwargs)
        for name in DEFAULTS[group]:
            self.parameters[name].update(
                ParameterName=name,
                Source="engine-default",
                DataType="string",
                ApplyType="dynamic",
                IsModifiable=True,
                Description=name,
            )

    def update_as_user(self, parameters):
        update(self, [{**parameter, "Source": "user", "IsModifiable": True} for parameter in parameters])

    group.__init__ = init_with_defaults
    setattr(group, update_name, update_as_user)


def heed_source(operation):
    describe = getattr(RDSResponse, operation)

    def describe_of_source(self):
        answer, source = describe(self), self.params.get("Source")
        if source:
            parameters = answer.result["Parameters"]
            answer.result["Parameters"] = [one for one in parameters if one.get("Source") == source]
        return answer

    setattr(RDSResponse, operation, describe_of_source)


list_defaults(DBClusterParameterGroup, "update_cluster_parameters")
list_defaults(DBParameterGroup, "update_parameters")
heed_source("describe_db_parameters")
heed_source("describe_db_cluster_parameters")

# DescribeDBParameterGroups: a name that isn't there is an error. moto answers with an empty list.
describe_db_parameter_groups = RDSResponse.describe_db_parameter_groups


def known_parameter_groups(response):
    name = response.params.get("DBParameterGroupName")
    if name and not response.backend.describe_db_parameter_groups({"db_parameter_group_name": name}):
        raise DBParameterGroupNotFoundError(name)
    return describe_db_parameter_groups(response)


RDSResponse.describe_db_parameter_groups = known_parameter_groups

# CreateDBInstance: an instance of a cluster is in the cluster's subnet group. In moto it is in none unless it is named.
create_db_instance = RDSBackend.create_db_instance


def create_in_subnets_of_cluster(backend, settings):
    cluster = backend.clusters.get(settings.get("db_cluster_identifier"))
    if cluster and not settings.get("db_subnet_group_name") and cluster.db_subnet_group_name in backend.subnet_groups:
        settings = {**settings, "db_subnet_group_name": cluster.db_subnet_group_name}
    return create_db_instance(backend, settings)


RDSBackend.create_db_instance = create_in_subnets_of_cluster

# Calls of Lambda that moto lacks: no function of this world has a URL or executions that are kept ready, and the account's
# quota is the usual one.
FUNCTION = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)"
LACKING = {
    "list_function_url_configs": (FUNCTION + "/urls/?$", {"FunctionUrlConfigs": []}),
    "list_provisioned_concurrency_configs": (
        FUNCTION + "/provisioned-concurrency/?$",
        {"ProvisionedConcurrencyConfigs": []},
    ),
    "get_account_settings": (
        r"{0}/(?P<api_version>[^/]+)/account-settings/?$",
        {"AccountLimit": {"TotalCodeSize": 75 << 30}, "AccountUsage": {"TotalCodeSize": 0}},
    ),
}
for operation, (path, answer) in LACKING.items():
    setattr(LambdaResponse, operation, lambda _, answer=answer: json.dumps(answer))
    lambda_paths[path] = LambdaResponse.dispatch

# Settings of a bucket that nobody has set. moto names the answer's root after the operation, as the SDK for Rust doesn't
# take it, or takes the question for one for the bucket's objects.
UNSET = {
    "accelerate": "<AccelerateConfiguration/>",
    "analytics": "<ListBucketAnalyticsConfigurationResult/>",
    "intelligent-tiering": "<ListBucketIntelligentTieringConfigurationsOutput/>",
    "inventory": "<ListInventoryConfigurationsResult/>",
    "metrics": "<ListMetricsConfigurationsResult/>",
    "notification": "<NotificationConfiguration/>",
    "requestPayment": "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
}
get_of_bucket = S3Response._bucket_response_get


def get_of_bucket_or_unset(response, bucket, query):
    for setting, unset in UNSET.items():
        if setting in query:
            response.backend.get_bucket(bucket)  # One that isn't there stays an error.
            return 200, {}, unset
    return get_of_bucket(response, bucket, query)


S3Response._bucket_response_get = get_of_bucket_or_unset

if __name__ == "__main__":
    server.RequestHandler = LoggingRequestHandler
    server.main()
