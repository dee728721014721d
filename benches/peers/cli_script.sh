#!/usr/bin/env bash
# The region as a careful operator's script opens it, with the AWS CLI and jq: look first, then act.
#
#   REGION=ap-south-1 EMAIL=ADDRESS DESCRIPTION=TEXT DB_PASSWORD=... [AWS_ENDPOINT_URL=URL] bash cli_script.sh
#
# Run it again and it changes nothing.
set -euo pipefail
: "${REGION:?}" "${EMAIL:?}" "${DESCRIPTION:?}"
REF=us-east-1 LREF=eu-west-1 OWNER=rishabh@supertokens.com
DB_DESCRIPTION='db cluster to store development/production containers data'
SAAS=supertokens-saas-$REGION LOGS=supertokens-s3-access-logs-$REGION
RSAAS=supertokens-saas-$REF RLOGS=supertokens-s3-access-logs-$REF
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
changes=0 errors=0
export AWS_PAGER= AWS_MAX_ATTEMPTS=5 AWS_RETRY_MODE=standard

aws_() { aws --output json ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"; }
here() { aws_ --region "$REGION" "$@"; }
ref() { aws_ --region "$REF" "$@"; }
changed() { changes=$((changes + 1)); echo "changed: $*"; }
failed() { errors=$((errors + 1)); echo "ERROR: $*" >&2; }
# maybe CODES CMD...: stdout of the command; nothing, and success, if it fails with one of the codes
maybe() {
  local codes=$1 rc=0
  shift
  "$@" 2>"$TMP/err" || rc=$?
  if [ $rc -ne 0 ] && ! grep -qE "\(($codes)\)" "$TMP/err"; then
    cat "$TMP/err" >&2
    return $rc
  fi
}
eq() { [ "$(jq -S . <<<"${1:-null}")" = "$(jq -S . <<<"${2:-null}")" ]; }

ACCOUNT=$(here sts get-caller-identity | jq -r .Account)
TOKEN=$(awk -F- '{ printf "%s", toupper($1); for (i = 2; i <= NF; i++) printf "_%s%s", toupper(substr($i, 1, 1)), substr($i, 2) }' <<<"$REGION")
topic() { echo "arn:aws:sns:$REGION:$ACCOUNT:CloudWatch_Alarms_${TOKEN}_$1"; }
default_vpc() { aws_ --region "$1" ec2 describe-vpcs --filters Name=is-default,Values=true | jq -r '.Vpcs[0].VpcId'; }
VPC=$(default_vpc "$REGION") RVPC=$(default_vpc "$REF")

# ---- SNS
topics() {
  local have k t subs
  have=$(here sns list-topics | jq -r '.Topics[].TopicArn')
  for k in EC2 ELB Lambda RDS; do
    t=$(topic $k)
    if ! grep -qxF "$t" <<<"$have"; then
      here sns create-topic --name "${t##*:}" >/dev/null
      changed "topic ${t##*:}"
    fi
    subs=$(here sns list-subscriptions-by-topic --topic-arn "$t")
    if ! jq -e --arg m "$EMAIL" '.Subscriptions | any(.Protocol == "email" and .Endpoint == $m)' <<<"$subs" >/dev/null; then
      here sns subscribe --topic-arn "$t" --protocol email --notification-endpoint "$EMAIL" >/dev/null
      changed "subscription of ${t##*:}"
    fi
  done
}

# ---- S3
logs_policy() {
  jq -nc --arg b "$LOGS" --arg s "$SAAS" --arg r "$REGION" --arg a "$ACCOUNT" '
    {ArnLike: {"aws:SourceArn": "arn:aws:logs:\($r):\($a):*"}} as $flow | {"aws:SourceAccount": $a} as $me |
    {Version: "2012-10-17", Statement: [
      {Sid: "S3ServerAccessLogsPolicy", Effect: "Allow", Principal: {Service: "logging.s3.amazonaws.com"}, Action: "s3:PutObject",
       Resource: "arn:aws:s3:::\($b)/saas/*", Condition: {ArnLike: {"aws:SourceArn": "arn:aws:s3:::\($s)"}, StringEquals: $me}},
      {Sid: "AWSLogDeliveryWrite", Effect: "Allow", Principal: {Service: "delivery.logs.amazonaws.com"}, Action: "s3:PutObject",
       Resource: "arn:aws:s3:::\($b)/vpc-flow-logs/AWSLogs/\($a)/*",
       Condition: ($flow + {StringEquals: ($me + {"s3:x-amz-acl": "bucket-owner-full-control"})})},
      {Sid: "AWSLogDeliveryAclCheck", Effect: "Allow", Principal: {Service: "delivery.logs.amazonaws.com"}, Action: "s3:GetBucketAcl",
       Resource: "arn:aws:s3:::\($b)", Condition: ($flow + {StringEquals: $me})}]}'
}
saas_policy() {
  jq -nc --arg b "$SAAS" --arg v "$VPC" '{Version: "2012-10-17", Id: "Policy1594127151493", Statement: [
    {Sid: "Stmt1594127148960", Effect: "Allow", Principal: "*", Action: "s3:GetObject",
     Resource: ["arn:aws:s3:::\($b)/*", "arn:aws:s3:::\($b)"], Condition: {StringEquals: {"aws:sourceVpc": $v}}}]}'
}
# bucket NAME REFERENCE POLICY DESCRIPTION
bucket() {
  local b=$1 r=$2 policy=$3 desc=$4 have want
  if ! here s3api head-bucket --bucket "$b" >/dev/null 2>&1; then
    here s3api create-bucket --bucket "$b" --create-bucket-configuration "LocationConstraint=$REGION" >/dev/null
    changed "bucket $b"
  fi
  have=$(maybe OwnershipControlsNotFoundError here s3api get-bucket-ownership-controls --bucket "$b")
  if [ "$(jq -r '.OwnershipControls.Rules[0].ObjectOwnership' <<<"${have:-null}")" != BucketOwnerEnforced ]; then
    here s3api put-bucket-ownership-controls --bucket "$b" --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'
    changed "ownership of $b"
  fi
  want='{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}'
  have=$(maybe NoSuchPublicAccessBlockConfiguration here s3api get-public-access-block --bucket "$b")
  if ! eq "$(jq -c .PublicAccessBlockConfiguration <<<"${have:-null}")" "$want"; then
    here s3api put-public-access-block --bucket "$b" --public-access-block-configuration "$want"
    changed "public access block of $b"
  fi
  want=$(ref s3api get-bucket-encryption --bucket "$r" | jq -c .ServerSideEncryptionConfiguration)
  have=$(maybe ServerSideEncryptionConfigurationNotFoundError here s3api get-bucket-encryption --bucket "$b")
  if ! eq "$(jq -c .ServerSideEncryptionConfiguration <<<"${have:-null}")" "$want"; then
    here s3api put-bucket-encryption --bucket "$b" --server-side-encryption-configuration "$want"
    changed "encryption of $b"
  fi
  want=$(ref s3api get-bucket-versioning --bucket "$r" | jq -r '.Status // empty')
  if [ -n "$want" ] && [ "$(here s3api get-bucket-versioning --bucket "$b" | jq -r '.Status // empty')" != "$want" ]; then
    here s3api put-bucket-versioning --bucket "$b" --versioning-configuration "Status=$want"
    changed "versioning of $b"
  fi
  want=$(maybe NoSuchLifecycleConfiguration ref s3api get-bucket-lifecycle-configuration --bucket "$r" | jq -c '{Rules}')
  if [ -n "$want" ]; then
    have=$(maybe NoSuchLifecycleConfiguration here s3api get-bucket-lifecycle-configuration --bucket "$b" | jq -c '{Rules}')
    if ! eq "$have" "$want"; then
      here s3api put-bucket-lifecycle-configuration --bucket "$b" --lifecycle-configuration "$want" >/dev/null
      changed "lifecycle of $b"
    fi
  fi
  have=$(maybe NoSuchBucketPolicy here s3api get-bucket-policy --bucket "$b" | jq -r '.Policy // empty')
  if ! eq "$have" "$policy"; then
    here s3api put-bucket-policy --bucket "$b" --policy "$policy"
    changed "policy of $b"
  fi
  have=$(maybe NoSuchTagSet here s3api get-bucket-tagging --bucket "$b")
  have=$(jq -c '(.TagSet // []) | from_entries' <<<"$(jq -c '{TagSet: [(.TagSet // [])[] | {key: .Key, value: .Value}]}' <<<"${have:-null}")")
  want=$(jq -c --arg d "$desc" --arg o "$OWNER" '. + {VantaDescription: $d, VantaOwner: $o}' <<<"$have")
  if ! eq "$have" "$want"; then
    here s3api put-bucket-tagging --bucket "$b" --tagging "$(jq -c '{TagSet: (to_entries | map({Key: .key, Value: .value}))}' <<<"$want")"
    changed "tags of $b"
  fi
}
access_logging() {
  local have want
  want=$(jq -nc --arg b "$LOGS" '{TargetBucket: $b, TargetPrefix: "saas/"}')
  have=$(here s3api get-bucket-logging --bucket "$SAAS" | jq -c '.LoggingEnabled // {} | {TargetBucket, TargetPrefix}')
  if ! eq "${have:-null}" "$want"; then
    here s3api put-bucket-logging --bucket "$SAAS" --bucket-logging-status "{\"LoggingEnabled\":$want}"
    changed "access logging of $SAAS"
  fi
}
iam_policies() {
  local all name arn version doc new oldest
  all=$(here iam list-policies --scope Local)
  for name in S3SSLUpdater listBucketItems "s3crr_for_supertokens-ssl_to_$RSAAS"; do
    read -r arn version < <(jq -r --arg n "$name" '.Policies[] | select(.PolicyName == $n) | "\(.Arn) \(.DefaultVersionId)"' <<<"$all")
    doc=$(here iam get-policy-version --policy-arn "$arn" --version-id "$version" | jq -c .PolicyVersion.Document)
    new=$(jq -c --arg o "$RSAAS" --arg n "$SAAS" '
      def arr: if type == "array" then . else [.] end;
      .Statement |= (arr | map(if .Resource == null then . else
        (.Resource | arr) as $r
        | [$r[] | select(. == "arn:aws:s3:::\($o)" or startswith("arn:aws:s3:::\($o)/")) | sub($o; $n)] as $add
        | if ($add - $r) == [] then . else .Resource = $r + ($add - $r) end end))' <<<"$doc")
    eq "$doc" "$new" && continue
    oldest=$(here iam list-policy-versions --policy-arn "$arn" | jq -r '
      if (.Versions | length) < 5 then empty else [.Versions[] | select(.IsDefaultVersion | not) | .VersionId[1:] | tonumber] | "v\(min)" end')
    [ -z "$oldest" ] || here iam delete-policy-version --policy-arn "$arn" --version-id "$oldest"
    here iam create-policy-version --policy-arn "$arn" --policy-document "$new" --set-as-default >/dev/null
    changed "IAM policy $name"
  done
}
replication() {
  local conf
  conf=$(ref s3api get-bucket-replication --bucket supertokens-ssl | jq -c .ReplicationConfiguration)
  jq -e --arg d "arn:aws:s3:::$SAAS" '.Rules | any(.Destination.Bucket == $d)' <<<"$conf" >/dev/null && return
  conf=$(jq -c --arg n "$SAAS" --arg o "$RSAAS" '
    ([.Rules[].Priority // 0] | max) as $p
    | .Rules += [(.Rules[] | select(.Destination.Bucket == "arn:aws:s3:::\($o)"))
                 + {ID: "supertokens-ssl-to-\($n)", Priority: ($p + 1)} | .Destination.Bucket = "arn:aws:s3:::\($n)"]' <<<"$conf")
  ref s3api put-bucket-replication --bucket supertokens-ssl --replication-configuration "$conf"
  changed "replication of supertokens-ssl"
}

objects() {
  local line
  while read -r line; do
    changed "$line"
  done < <(here s3 sync --source-region "$REF" --no-progress s3://supertokens-ssl "s3://$SAAS")
}

# ---- Route 53
zone() {
  local id tags
  id=$(here route53 list-hosted-zones-by-name --dns-name "$REGION.dns" --max-items 10 |
    jq -r --arg n "$REGION.dns." '[.HostedZones[] | select(.Name == $n and .Config.PrivateZone) | .Id][0] // empty')
  if [ -z "$id" ]; then
    id=$(here route53 create-hosted-zone --name "$REGION.dns" --caller-reference "$REGION-$VPC" --vpc "VPCRegion=$REGION,VPCId=$VPC" \
      --hosted-zone-config 'PrivateZone=true,Comment=instances and databases of the region' | jq -r .HostedZone.Id)
    changed "zone $REGION.dns"
  fi
  tags=$(here route53 list-tags-for-resource --resource-type hostedzone --resource-id "${id##*/}")
  if ! jq -e --arg n "$REGION.dns" '.ResourceTagSet.Tags | any(.Key == "Name" and .Value == $n)' <<<"$tags" >/dev/null; then
    here route53 change-tags-for-resource --resource-type hostedzone --resource-id "${id##*/}" --add-tags "Key=Name,Value=$REGION.dns" >/dev/null
    changed "tag of zone $REGION.dns"
  fi
}

# ---- EC2
FLAT='def flat: [.IpPermissions[] as $p | ($p | {IpProtocol} + (if has("FromPort") then {FromPort, ToPort} else {} end)) as $b
  | ($p.IpRanges // [] | .[] | $b + {IpRanges: [.]}), ($p.Ipv6Ranges // [] | .[] | $b + {Ipv6Ranges: [.]})];
  def ident: del(.IpRanges[]?.Description, .Ipv6Ranges[]?.Description);'
security_groups() {
  local name gid missing n
  ref ec2 describe-security-groups --filters "Name=vpc-id,Values=$RVPC" >"$TMP/ref_sg"
  here ec2 describe-security-groups --filters "Name=vpc-id,Values=$VPC" >"$TMP/sg"
  for name in supertokens-nginx-port dev-postgresql ping-ssh default ec2-internal-team-access; do
    gid=$(jq -r --arg n "$name" '.SecurityGroups[] | select(.GroupName == $n) | .GroupId' "$TMP/sg")
    if [ -z "$gid" ]; then
      gid=$(here ec2 create-security-group --group-name "$name" --vpc-id "$VPC" --description \
        "$(jq -r --arg n "$name" '.SecurityGroups[] | select(.GroupName == $n) | .Description' "$TMP/ref_sg")" | jq -r .GroupId)
      changed "security group $name"
    fi
    missing=$(jq -c --arg n "$name" --slurpfile mine "$TMP/sg" "$FLAT"'
      ([$mine[0].SecurityGroups[] | select(.GroupName == $n) | flat | .[] | ident]) as $have
      | [.SecurityGroups[] | select(.GroupName == $n) | flat | .[] | select(ident as $i | $have | index([$i]) | not)]' "$TMP/ref_sg")
    n=$(jq length <<<"$missing")
    if [ "$n" != 0 ]; then
      here ec2 authorize-security-group-ingress --group-id "$gid" --ip-permissions "$missing" >/dev/null
      changed "$n rules of $name"
    fi
  done
}
vpc_endpoint() {
  local rt ep
  rt=$(here ec2 describe-route-tables --filters "Name=vpc-id,Values=$VPC" Name=association.main,Values=true | jq -r '.RouteTables[0].RouteTableId')
  ep=$(here ec2 describe-vpc-endpoints --filters "Name=vpc-id,Values=$VPC" "Name=service-name,Values=com.amazonaws.$REGION.s3" |
    jq -c '[.VpcEndpoints[] | select(.VpcEndpointType == "Gateway")]')
  if [ "$(jq length <<<"$ep")" = 0 ]; then
    here ec2 create-vpc-endpoint --vpc-id "$VPC" --service-name "com.amazonaws.$REGION.s3" --vpc-endpoint-type Gateway --route-table-ids "$rt" >/dev/null
    changed "S3 gateway endpoint"
  elif ! jq -e --arg r "$rt" '.[0].RouteTableIds | index($r)' <<<"$ep" >/dev/null; then
    here ec2 modify-vpc-endpoint --vpc-endpoint-id "$(jq -r '.[0].VpcEndpointId' <<<"$ep")" --add-route-table-ids "$rt" >/dev/null
    changed "route table of the S3 gateway endpoint"
  fi
}
flow_log() {
  local dest=arn:aws:s3:::$LOGS/vpc-flow-logs r
  r=$(here ec2 describe-flow-logs --filter "Name=resource-id,Values=$VPC")
  jq -e --arg d "$dest" '.FlowLogs | any((.LogDestination // "") | rtrimstr("/") == $d)' <<<"$r" >/dev/null && return
  r=$(here ec2 create-flow-logs --resource-ids "$VPC" --resource-type VPC --traffic-type ALL --log-destination-type s3 --log-destination "$dest/")
  if [ "$(jq '.Unsuccessful // [] | length' <<<"$r")" != 0 ]; then
    failed "flow log: $(jq -r '.Unsuccessful[0].Error.Message' <<<"$r")"
  else
    changed "flow log"
  fi
}

# ---- alarms: all of the region's are read once
alarms() { here cloudwatch describe-alarms | jq -c '[.MetricAlarms[] | {key: .AlarmName, value: .}] | from_entries' >"$TMP/alarms"; }
# alarm NAME NAMESPACE METRIC DIMENSION VALUE STATISTIC OPERATOR THRESHOLD TOPIC
alarm() {
  jq -e --arg a "$1" --arg ns "$2" --arg m "$3" --arg d "$4" --arg v "$5" --arg s "$6" --arg o "$7" --argjson th "$8" --arg t "$9" '
    .[$a] // {} | .Namespace == $ns and .MetricName == $m and .Dimensions == [{Name: $d, Value: $v}] and .Statistic == $s
    and .ComparisonOperator == $o and .Threshold == $th and .Period == 900 and .EvaluationPeriods == 1 and .AlarmActions == [$t]' \
    "$TMP/alarms" >/dev/null && return
  here cloudwatch put-metric-alarm --alarm-name "$1" --namespace "$2" --metric-name "$3" --dimensions "Name=$4,Value=$5" --statistic "$6" \
    --comparison-operator "$7" --threshold "$8" --period 900 --evaluation-periods 1 --alarm-actions "$9"
  changed "alarm $1"
}

# ---- RDS
# parameter_group NAME db-cluster-|db-
parameter_group() {
  local name=$1 k=$2 flag model have want todo list n i
  if [ "$k" = db-cluster- ]; then flag=--db-cluster-parameter-group-name list=DBClusterParameterGroups; else flag=--db-parameter-group-name list=DBParameterGroups; fi
  have=$(maybe 'DBParameterGroupNotFound|DBClusterParameterGroupNotFoundFault|DBParameterGroupNotFoundFault' here rds "describe-${k}parameter-groups" $flag "$name")
  if [ "$(jq ".$list // [] | length" <<<"${have:-null}")" = 0 ]; then
    model=$(ref rds "describe-${k}parameter-groups" $flag "$name" | jq -c ".${list}[0]")
    here rds "create-${k}parameter-group" $flag "$name" --db-parameter-group-family "$(jq -r .DBParameterGroupFamily <<<"$model")" \
      --description "$(jq -r .Description <<<"$model")" >/dev/null
    changed "parameter group $name"
  fi
  want=$(ref rds "describe-${k}parameters" $flag "$name" --source user | jq -c '[.Parameters[] | select(.ParameterValue)]')
  have=$(here rds "describe-${k}parameters" $flag "$name" --source user | jq -c '[.Parameters[] | select(.ParameterValue)]')
  todo=$(jq -c --argjson h "$have" '($h | map({(.ParameterName): .ParameterValue}) | add // {}) as $v
    | map(select($v[.ParameterName] != .ParameterValue) | {ParameterName, ParameterValue, ApplyMethod: (.ApplyMethod // "pending-reboot")})' <<<"$want")
  n=$(jq length <<<"$todo")
  for ((i = 0; i < n; i += 20)); do
    here rds "modify-${k}parameter-group" $flag "$name" --parameters "$(jq -c ".[$i:$i + 20]" <<<"$todo")" >/dev/null
  done
  [ "$n" = 0 ] || changed "$n parameters of $name"
}
databases() {
  local model cid sub inst iid pg ids subnets arn tags want new
  while read -r model; do
    cid=$(jq -r .DBClusterIdentifier <<<"$model") sub=$(jq -r .DBSubnetGroup <<<"$model")
    if [ -z "$(maybe 'DBSubnetGroupNotFoundFault' here rds describe-db-subnet-groups --db-subnet-group-name "$sub")" ]; then
      subnets=$(here ec2 describe-subnets --filters "Name=vpc-id,Values=$VPC" | jq -r '.Subnets[].SubnetId')
      # shellcheck disable=SC2086
      here rds create-db-subnet-group --db-subnet-group-name "$sub" --db-subnet-group-description 'databases of the region' --subnet-ids $subnets >/dev/null
      changed "subnet group $sub"
    fi
    parameter_group "$(jq -r .DBClusterParameterGroup <<<"$model")" db-cluster-
    inst=$(ref rds describe-db-instances | jq -c --arg c "$cid" '[.DBInstances[] | select(.DBClusterIdentifier == $c)]')
    for pg in $(jq -r '[.[].DBParameterGroups[0].DBParameterGroupName] | unique[]' <<<"$inst"); do parameter_group "$pg" db-; done
    if [ -z "$(maybe 'DBClusterNotFoundFault' here rds describe-db-clusters --db-cluster-identifier "$cid")" ]; then
      here ec2 describe-security-groups --filters "Name=vpc-id,Values=$VPC" >"$TMP/sg"
      ids=$(jq -c --slurpfile r "$TMP/ref_sg" --slurpfile m "$TMP/sg" '
        [.VpcSecurityGroups[].VpcSecurityGroupId as $i | $r[0].SecurityGroups[] | select(.GroupId == $i) | .GroupName as $n
         | $m[0].SecurityGroups[] | select(.GroupName == $n) | .GroupId]' <<<"$model")
      here rds create-db-cluster --cli-input-json "$(jq -c --argjson g "$ids" --arg p "$DB_PASSWORD" '
        . as $m | (["DBClusterIdentifier", "Engine", "EngineVersion", "DatabaseName", "Port", "MasterUsername", "BackupRetentionPeriod",
          "PreferredBackupWindow", "PreferredMaintenanceWindow", "StorageEncrypted", "DeletionProtection", "CopyTagsToSnapshot"]
          | map(select($m[.] != null) | {(.): $m[.]}) | add)
        + {MasterUserPassword: $p, DBSubnetGroupName: .DBSubnetGroup, DBClusterParameterGroupName: .DBClusterParameterGroup,
           VpcSecurityGroupIds: $g, EnableCloudwatchLogsExports: (.EnabledCloudwatchLogsExports // []), Tags: (.TagList // [])}' <<<"$model")" >/dev/null
      changed "cluster $cid"
    fi
    new=
    for iid in $(jq -r '.[].DBInstanceIdentifier' <<<"$inst"); do
      if [ -z "$(maybe 'DBInstanceNotFound|DBInstanceNotFoundFault' here rds describe-db-instances --db-instance-identifier "$iid")" ]; then
        here rds create-db-instance --cli-input-json "$(jq -c --arg i "$iid" --arg c "$cid" '
          .[] | select(.DBInstanceIdentifier == $i) | . as $m | (["DBInstanceIdentifier", "DBInstanceClass", "Engine", "PromotionTier",
            "PubliclyAccessible", "AutoMinorVersionUpgrade", "PreferredMaintenanceWindow", "CopyTagsToSnapshot"]
            | map(select($m[.] != null) | {(.): $m[.]}) | add)
          + {DBClusterIdentifier: $c, DBParameterGroupName: .DBParameterGroups[0].DBParameterGroupName}' <<<"$inst")" >/dev/null
        changed "instance $iid"
        new="$new $iid"
      fi
    done
    for iid in $new; do here rds wait db-instance-available --db-instance-identifier "$iid"; done
    want=$(jq -nc --arg d "$DB_DESCRIPTION" --arg o "$OWNER" '[{Key: "VantaContainsUserData", Value: "true"}, {Key: "VantaDescription", Value: $d}, {Key: "VantaOwner", Value: $o}]')
    for iid in $(jq -r '.[].DBInstanceIdentifier' <<<"$inst"); do
      arn=arn:aws:rds:$REGION:$ACCOUNT:db:$iid
      tags=$(here rds list-tags-for-resource --resource-name "$arn")
      if ! jq -e --argjson w "$want" '$w - [.TagList[] | {Key, Value}] == []' <<<"$tags" >/dev/null; then
        here rds add-tags-to-resource --resource-name "$arn" --tags "$want"
        changed "tags of $iid"
      fi
    done
    alarm "db-$cid FreeableMemory" AWS/RDS FreeableMemory DBClusterIdentifier "$cid" Minimum LessThanThreshold 52428800 "$(topic RDS)"
    alarm "db-$cid FreeStorageSpace" AWS/RDS FreeLocalStorage DBClusterIdentifier "$cid" Minimum LessThanThreshold 1073741824 "$(topic RDS)"
    alarm "db-$cid CPUUtilization" AWS/RDS CPUUtilization DBClusterIdentifier "$cid" Maximum GreaterThanThreshold 80 "$(topic RDS)"
    alarm "db-$cid ReadIOPS" AWS/RDS ReadIOPS DBClusterIdentifier "$cid" Maximum GreaterThanThreshold 1000 "$(topic RDS)"
  done < <(ref rds describe-db-clusters | jq -c '.DBClusters[] | select(.Engine == "aurora-postgresql")')
}

# ---- Systems Manager
documents() {
  local name doc mine latest v format target want def
  for name in $(ref ssm list-documents --filters Key=Owner,Values=Self | jq -r '.DocumentIdentifiers[].Name'); do
    doc=$(ref ssm describe-document --name "$name" | jq -c .Document)
    mine=$(maybe InvalidDocument here ssm describe-document --name "$name" | jq -c .Document)
    latest=$(jq -r '.LatestVersion // "0"' <<<"${mine:-null}")
    format=$(jq -r .DocumentFormat <<<"$doc") target=$(jq -r '.TargetType // empty' <<<"$doc")
    for ((v = 1; v <= $(jq -r .LatestVersion <<<"$doc"); v++)); do
      ref ssm get-document --name "$name" --document-version $v --document-format "$format" | jq -j .Content >"$TMP/doc"
      if [ $v -le "$latest" ]; then
        here ssm get-document --name "$name" --document-version $v --document-format "$format" | jq -j .Content | cmp -s - "$TMP/doc" ||
          failed "document $name version $v has other content in $REGION"
      elif [ $v = 1 ]; then
        want=$(ref ssm list-tags-for-resource --resource-type Document --resource-id "$name" | jq -c .TagList)
        here ssm create-document --name "$name" --content "file://$TMP/doc" --document-type "$(jq -r .DocumentType <<<"$doc")" \
          --document-format "$format" ${target:+--target-type "$target"} --tags "$want" >/dev/null
        changed "document $name"
      else
        here ssm update-document --name "$name" --content "file://$TMP/doc" --document-version '$LATEST' --document-format "$format" \
          ${target:+--target-type "$target"} >/dev/null
        changed "document $name version $v"
      fi
    done
    def=$(jq -r .DefaultVersion <<<"$doc")
    if [ "$(jq -r '.DefaultVersion // "1"' <<<"${mine:-null}")" != "$def" ]; then
      here ssm update-document-default-version --name "$name" --document-version "$def" >/dev/null
      changed "default version of document $name"
    fi
  done
}

# ---- Lambda
download() { # URL FILE
  local rest=${1#*://}
  if [ -n "${AWS_ENDPOINT_URL:-}" ]; then   # against an emulator: same URL, its host only in the Host header
    curl -fsS -H "Host: ${rest%%/*}" "$AWS_ENDPOINT_URL/${rest#*/}" -o "$2"
  else
    curl -fsS "$1" -o "$2"
  fi
}
functions() {
  local name full conf mine have input
  local PICK='{Runtime, Handler, Timeout, MemorySize, Description, Role, Environment: {Variables: (.Environment.Variables // {})}}'
  for name in $(aws_ --region "$LREF" lambda list-functions | jq -r '.Functions[].FunctionName'); do
    full=$(aws_ --region "$LREF" lambda get-function --function-name "$name")
    conf=$(jq -c ".Configuration | $PICK" <<<"$full")
    mine=$(maybe ResourceNotFoundException here lambda get-function --function-name "$name")
    if [ -z "$mine" ]; then
      download "$(jq -r .Code.Location <<<"$full")" "$TMP/code.zip"
      here lambda create-function --function-name "$name" --zip-file "fileb://$TMP/code.zip" \
        --cli-input-json "$(jq -c --argjson t "$(jq -c '.Tags // {}' <<<"$full")" '. + {Tags: $t}' <<<"$conf")" >/dev/null
      here lambda wait function-active-v2 --function-name "$name"
      changed "function $name"
      continue
    fi
    have=$(jq -c ".Configuration | $PICK" <<<"$mine")
    if ! eq "$have" "$conf"; then
      here lambda update-function-configuration --function-name "$name" --cli-input-json "$conf" >/dev/null
      here lambda wait function-updated-v2 --function-name "$name"
      changed "configuration of $name"
    fi
    if [ "$(jq -r .Configuration.CodeSha256 <<<"$mine")" != "$(jq -r .Configuration.CodeSha256 <<<"$full")" ]; then
      download "$(jq -r .Code.Location <<<"$full")" "$TMP/code.zip"
      here lambda update-function-code --function-name "$name" --zip-file "fileb://$TMP/code.zip" >/dev/null
      changed "code of $name"
    fi
    if ! eq "$(jq -c '.Tags // {}' <<<"$mine")" "$(jq -c '.Tags // {}' <<<"$full")"; then
      here lambda tag-resource --resource "$(jq -r .Configuration.FunctionArn <<<"$mine")" --tags "$(jq -c '.Tags // {}' <<<"$full")"
      changed "tags of $name"
    fi
  done
  for name in $(here lambda list-functions | jq -r '.Functions[].FunctionName'); do
    alarm "$name Errors" AWS/Lambda Errors FunctionName "$name" Maximum GreaterThanOrEqualToThreshold 1 "$(topic Lambda)"
  done
}

# ---- CloudWatch Logs
retention() {
  local g
  while read -r g; do
    here logs put-retention-policy --log-group-name "$g" --retention-in-days 365
    changed "retention of $g"
  done < <(here logs describe-log-groups | jq -r '.logGroups[] | select(.retentionInDays != 365) | .logGroupName')
}

topics
bucket "$LOGS" "$RLOGS" "$(logs_policy)" "Access and flow logs of $REGION"
vpc_endpoint
flow_log
bucket "$SAAS" "$RSAAS" "$(saas_policy)" "$DESCRIPTION"
access_logging
iam_policies
replication
objects
zone
security_groups
alarms
databases
documents
functions
retention
echo "$changes changed, $errors failed"
[ $errors = 0 ]
