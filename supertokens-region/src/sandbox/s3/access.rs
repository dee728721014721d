//! Who may reach a bucket: public access block, ownership controls, access control list.

use aws_sdk_s3::operation::{
    create_bucket::CreateBucketInput,
    get_bucket_acl::{GetBucketAclError, GetBucketAclInput, GetBucketAclOutput},
    get_bucket_ownership_controls::{
        GetBucketOwnershipControlsError, GetBucketOwnershipControlsInput, GetBucketOwnershipControlsOutput,
    },
    get_public_access_block::{
        GetPublicAccessBlockError, GetPublicAccessBlockInput, GetPublicAccessBlockOutput,
    },
    put_bucket_acl::{PutBucketAclError, PutBucketAclInput, PutBucketAclOutput},
    put_bucket_ownership_controls::{
        PutBucketOwnershipControlsError, PutBucketOwnershipControlsInput, PutBucketOwnershipControlsOutput,
    },
    put_public_access_block::{
        PutPublicAccessBlockError, PutPublicAccessBlockInput, PutPublicAccessBlockOutput,
    },
};
use aws_sdk_s3::types::{
    self, BucketCannedAcl, ObjectOwnership, Owner, OwnershipControls, OwnershipControlsRule, Permission,
    PublicAccessBlockConfiguration, Type,
};
use sha2::{Digest, Sha256};

use super::state::{ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY};
use super::{
    Bucket, Call, Fault, Grant, Grantee, Handlers, PublicAccessBlock, access_denied, body, bucket, built,
    invalid_argument, invalid_request, malformed_xml, not_implemented, set,
};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetPublicAccessBlock", get_public_access_block, GetPublicAccessBlockError::generic);
    handlers.on("s3:PutPublicAccessBlock", put_public_access_block, PutPublicAccessBlockError::generic);
    handlers.on("s3:GetBucketOwnershipControls", get_ownership, GetBucketOwnershipControlsError::generic);
    handlers.on("s3:PutBucketOwnershipControls", put_ownership, PutBucketOwnershipControlsError::generic);
    handlers.on("s3:GetBucketAcl", get_acl, GetBucketAclError::generic);
    handlers.on("s3:PutBucketAcl", put_acl, PutBucketAclError::generic);
}

fn get_public_access_block(
    call: &mut Call<'_>,
    input: &GetPublicAccessBlockInput,
) -> Result<GetPublicAccessBlockOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let block = set(
        bucket.public_access_block.as_ref(),
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
    )?;
    let configuration = PublicAccessBlockConfiguration::builder()
        .block_public_acls(block.block_public_acls)
        .ignore_public_acls(block.ignore_public_acls)
        .block_public_policy(block.block_public_policy)
        .restrict_public_buckets(block.restrict_public_buckets)
        .build();
    Ok(GetPublicAccessBlockOutput::builder().public_access_block_configuration(configuration).build())
}

fn put_public_access_block(
    call: &mut Call<'_>,
    input: &PutPublicAccessBlockInput,
) -> Result<PutPublicAccessBlockOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let block = body(input.public_access_block_configuration())?;
    // What is not said is off: a write replaces the whole setting.
    bucket.public_access_block = Some(PublicAccessBlock {
        block_public_acls: block.block_public_acls().unwrap_or(false),
        ignore_public_acls: block.ignore_public_acls().unwrap_or(false),
        block_public_policy: block.block_public_policy().unwrap_or(false),
        restrict_public_buckets: block.restrict_public_buckets().unwrap_or(false),
    });
    Ok(PutPublicAccessBlockOutput::builder().build())
}

fn get_ownership(
    call: &mut Call<'_>,
    input: &GetBucketOwnershipControlsInput,
) -> Result<GetBucketOwnershipControlsOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let ownership = set(
        bucket.ownership.as_ref(),
        "OwnershipControlsNotFoundError",
        "The bucket ownership controls were not found",
    )?;
    let rule = built(OwnershipControlsRule::builder().object_ownership(ownership.as_str().into()).build())?;
    let controls = built(OwnershipControls::builder().rules(rule).build())?;
    Ok(GetBucketOwnershipControlsOutput::builder().ownership_controls(controls).build())
}

fn put_ownership(
    call: &mut Call<'_>,
    input: &PutBucketOwnershipControlsInput,
) -> Result<PutBucketOwnershipControlsOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let [rule] = body(input.ownership_controls())?.rules() else {
        return Err(malformed_xml());
    };
    let ownership = known_ownership(rule.object_ownership())?;
    if ownership == "BucketOwnerEnforced" && bucket.acl.iter().any(|grant| grant.grantee != Grantee::Owner) {
        return Err(acl_with_ownership());
    }
    bucket.ownership = Some(ownership);
    Ok(PutBucketOwnershipControlsOutput::builder().build())
}

fn known_ownership(ownership: &ObjectOwnership) -> Result<String, Fault> {
    let word = ownership.as_str();
    if ObjectOwnership::values().contains(&word) { Ok(word.to_owned()) } else { Err(malformed_xml()) }
}

fn acl_with_ownership() -> Fault {
    let text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
    Fault::new("InvalidBucketAclWithObjectOwnership", text)
}

fn get_acl(call: &mut Call<'_>, input: &GetBucketAclInput) -> Result<GetBucketAclOutput, Fault> {
    let account = call.account();
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    // AWS answers what is in effect, not what was written.
    let no_public = bucket.public_access_block.is_some_and(|block| block.ignore_public_acls);
    let grants = if bucket.acls_disabled() {
        vec![Grant::owner()]
    } else {
        bucket.acl.iter().filter(|grant| !(no_public && grant.is_public())).cloned().collect()
    };
    let grants = grants.iter().map(|grant| {
        Ok(types::Grant::builder()
            .grantee(grantee(&grant.grantee, &account)?)
            .permission(grant.permission.as_str().into())
            .build())
    });
    let grants = grants.collect::<Result<Vec<_>, Fault>>()?;
    Ok(GetBucketAclOutput::builder().owner(owner(&account)).set_grants(Some(grants)).build())
}

fn put_acl(call: &mut Call<'_>, input: &PutBucketAclInput) -> Result<PutBucketAclOutput, Fault> {
    let account = call.account();
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    if bucket.acls_disabled() {
        return Err(Fault::new("AccessControlListNotSupported", "The bucket does not allow ACLs"));
    }
    let headers = [
        input.grant_full_control(),
        input.grant_read(),
        input.grant_read_acp(),
        input.grant_write(),
        input.grant_write_acp(),
    ];
    let by_header = headers.iter().any(Option::is_some);
    let acl = match (input.acl(), input.access_control_policy()) {
        (Some(_), _) if by_header => {
            return Err(invalid_request("Specifying both Canned ACLs and Header Grants is not allowed"));
        }
        (Some(_), Some(_)) => {
            return Err(Fault::new("UnexpectedContent", "This request does not support content"));
        }
        _ if by_header => return Err(not_implemented("grants by header")),
        (Some(acl), None) => canned(acl)?,
        (None, Some(policy)) => {
            let named = policy.owner().and_then(|owner| owner.id());
            if named != Some(canonical_id(&account).as_str()) {
                return Err(access_denied("Access Denied"));
            }
            let grants = policy.grants().iter().map(|grant| {
                let permission = grant.permission().map(Permission::as_str).unwrap_or_default();
                if !Permission::values().contains(&permission) {
                    return Err(malformed_xml());
                }
                Ok(Grant {
                    grantee: read_grantee(grant.grantee(), &account)?,
                    permission: permission.to_owned(),
                })
            });
            grants.collect::<Result<_, _>>()?
        }
        (None, None) => {
            let text = "Your request was missing a required header";
            return Err(Fault::new("MissingSecurityHeader", text));
        }
    };
    if bucket.public_access_block.is_some_and(|block| block.block_public_acls)
        && acl.iter().any(Grant::is_public)
    {
        return Err(access_denied("Access Denied"));
    }
    bucket.acl = acl;
    Ok(PutBucketAclOutput::builder().build())
}

/// What AWS's words for whole access control lists mean.
fn canned(acl: &BucketCannedAcl) -> Result<Vec<Grant>, Fault> {
    let more = match acl.as_str() {
        // The last two are about objects: a bucket's owner has all rights anyway.
        "private" | "bucket-owner-read" | "bucket-owner-full-control" => vec![],
        "public-read" => vec![Grant::group(ALL_USERS, "READ")],
        "public-read-write" => vec![Grant::group(ALL_USERS, "READ"), Grant::group(ALL_USERS, "WRITE")],
        "authenticated-read" => vec![Grant::group(AUTHENTICATED_USERS, "READ")],
        "log-delivery-write" => {
            vec![Grant::group(LOG_DELIVERY, "WRITE"), Grant::group(LOG_DELIVERY, "READ_ACP")]
        }
        other => return Err(invalid_argument(format!("The canned ACL `{other}` is not valid"))),
    };
    Ok([vec![Grant::owner()], more].concat())
}

/// A new bucket with the object lock, ownership and ACL that its creation asks for.
pub(super) fn of_new_bucket(mut new: Bucket, input: &CreateBucketInput) -> Result<Bucket, Fault> {
    if input.object_lock_enabled_for_bucket() == Some(true) {
        new.object_lock = true;
        new.versioning = Some("Enabled".to_owned());
    }
    if let Some(ownership) = input.object_ownership() {
        new.ownership = Some(known_ownership(ownership)?);
    }
    let by_header = [
        input.grant_full_control(),
        input.grant_read(),
        input.grant_read_acp(),
        input.grant_write(),
        input.grant_write_acp(),
    ];
    let by_header = by_header.iter().any(Option::is_some);
    if new.acls_disabled() && (by_header || input.acl().is_some_and(|acl| acl.as_str() != "private")) {
        return Err(acl_with_ownership());
    }
    if by_header {
        return Err(not_implemented("grants by header"));
    }
    if let Some(acl) = input.acl() {
        new.acl = canned(acl)?;
    }
    // A new bucket blocks public ACLs from the start: they can only be allowed afterwards.
    if new.acl.iter().any(Grant::is_public) {
        let text = "Bucket cannot have public ACLs set with BlockPublicAccess enabled";
        return Err(Fault::new("InvalidBucketAclWithBlockPublicAccessError", text));
    }
    Ok(new)
}

pub(super) fn grantee(grantee: &Grantee, account: &str) -> Result<types::Grantee, Fault> {
    built(match grantee {
        Grantee::Owner => {
            types::Grantee::builder().r#type(Type::CanonicalUser).id(canonical_id(account)).build()
        }
        Grantee::Group(uri) => types::Grantee::builder().r#type(Type::Group).uri(uri).build(),
    })
}

/// Who is meant: the owner or one of AWS's groups. The sandbox knows nobody else.
pub(super) fn read_grantee(grantee: Option<&types::Grantee>, account: &str) -> Result<Grantee, Fault> {
    let grantee = grantee.ok_or_else(malformed_xml)?;
    match (grantee.r#type(), grantee.id(), grantee.uri()) {
        (Type::CanonicalUser, Some(id), _) if id == canonical_id(account) => Ok(Grantee::Owner),
        (Type::CanonicalUser, Some(_), _) => Err(invalid_argument("Invalid id")),
        (Type::Group, _, Some(uri)) if [ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY].contains(&uri) => {
            Ok(Grantee::Group(uri.to_owned()))
        }
        (Type::Group, _, Some(_)) => Err(invalid_argument("Invalid group uri")),
        (Type::AmazonCustomerByEmail, ..) => {
            let text = "Email grantees are no longer supported";
            Err(Fault::new("MethodNotAllowed", text).status(405))
        }
        _ => Err(malformed_xml()),
    }
}

/// S3's own name of an account.
pub(super) fn owner(account: &str) -> Owner {
    Owner::builder().id(canonical_id(account)).build()
}

fn canonical_id(account: &str) -> String {
    Sha256::digest(account).iter().map(|byte| format!("{byte:02x}")).collect()
}
