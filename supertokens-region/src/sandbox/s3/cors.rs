//! Which web pages may use a bucket.

use aws_sdk_s3::operation::{
    get_bucket_cors::{GetBucketCorsError, GetBucketCorsInput, GetBucketCorsOutput},
    put_bucket_cors::{PutBucketCorsError, PutBucketCorsInput, PutBucketCorsOutput},
};
use aws_sdk_s3::types;

use super::{Call, CorsRule, Fault, Handlers, body, bucket, built, invalid_request, malformed_xml, set};

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("s3:GetBucketCors", get_cors, GetBucketCorsError::generic);
    handlers.on("s3:PutBucketCors", put_cors, PutBucketCorsError::generic);
}

fn get_cors(call: &mut Call<'_>, input: &GetBucketCorsInput) -> Result<GetBucketCorsOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let rules = (!bucket.cors.is_empty()).then_some(&bucket.cors);
    let rules = set(rules, "NoSuchCORSConfiguration", "The CORS configuration does not exist")?;
    let rules = rules.iter().map(write).collect::<Result<Vec<_>, _>>()?;
    Ok(GetBucketCorsOutput::builder().set_cors_rules(Some(rules)).build())
}

fn put_cors(call: &mut Call<'_>, input: &PutBucketCorsInput) -> Result<PutBucketCorsOutput, Fault> {
    let bucket = bucket(call, input.bucket(), input.expected_bucket_owner())?;
    let rules = body(input.cors_configuration())?.cors_rules();
    if !(1..=100).contains(&rules.len()) {
        return Err(malformed_xml());
    }
    bucket.cors = rules.iter().map(read).collect::<Result<_, _>>()?;
    Ok(PutBucketCorsOutput::builder().build())
}

fn read(rule: &types::CorsRule) -> Result<CorsRule, Fault> {
    if rule.allowed_methods().is_empty()
        || rule.allowed_origins().is_empty()
        || rule.id().is_some_and(|id| id.chars().count() > 255)
    {
        return Err(malformed_xml());
    }
    let known = ["GET", "PUT", "POST", "DELETE", "HEAD"];
    if let Some(method) = rule.allowed_methods().iter().find(|method| !known.contains(&method.as_str())) {
        let text = format!("Found unsupported HTTP method in CORS config. Unsupported method is {method}");
        return Err(invalid_request(text));
    }
    for (what, values) in
        [("AllowedOrigin", rule.allowed_origins()), ("AllowedHeader", rule.allowed_headers())]
    {
        if let Some(value) = values.iter().find(|value| value.matches('*').count() > 1) {
            return Err(invalid_request(format!("{what} \"{value}\" can not have more than one wildcard.")));
        }
    }
    if let Some(header) = rule.expose_headers().iter().find(|header| header.contains('*')) {
        let text = format!(
            "ExposeHeader \"{header}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
        );
        return Err(invalid_request(text));
    }
    Ok(CorsRule {
        id: rule.id().map(str::to_owned),
        allowed_headers: rule.allowed_headers().to_vec(),
        allowed_methods: rule.allowed_methods().to_vec(),
        allowed_origins: rule.allowed_origins().to_vec(),
        expose_headers: rule.expose_headers().to_vec(),
        max_age: rule.max_age_seconds(),
    })
}

fn write(rule: &CorsRule) -> Result<types::CorsRule, Fault> {
    let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
    built(
        types::CorsRule::builder()
            .set_id(rule.id.clone())
            .set_allowed_headers(some(&rule.allowed_headers))
            .set_allowed_methods(Some(rule.allowed_methods.clone()))
            .set_allowed_origins(Some(rule.allowed_origins.clone()))
            .set_expose_headers(some(&rule.expose_headers))
            .set_max_age_seconds(rule.max_age)
            .build(),
    )
}
