"""Scaleway IAM, as found by `pulumi-scw-iam adopt`."""

import pulumi_scw_iam as iam

PROJECTS = {
    "data platform": "d0030027-6a80-5557-bbe3-eea3f35eec15",
    "web": "13214a5f-857b-5e68-8d5e-5839c32f73d7",
}

USERS = {
    "owner@example.com": "7bdc0624-0fb8-592a-ad71-98becf227f79",
}

ORGANIZATION_ID = iam.default_organization_id()

# Users
alice = iam.User(
    "alice",
    email="alice@example.com",
    username="alice",
    first_name="Alice",
    tags=["owner=platform"],
)

bob = iam.User("bob", email="bob@example.com", username="bob")

# Applications
ci = iam.Application("ci", description="Builds and deploys the web site")

# Groups
devs = iam.Group(
    "devs",
    description="Build and operate the product",
    tags=["team=devs"],
    user_ids=[alice.id, bob.id, USERS["owner@example.com"]],
    application_ids=[],
)

on_call = iam.Group("on-call")

# Policies
iam.Policy(
    "deployment-web",
    name="Deployment (web)",
    application_id=ci.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=[
                "ContainersFullAccess",
                "ContainerRegistryFullAccess",
            ],
            project_ids=[PROJECTS["web"]],
            condition='request.user_agent=="ci"',
        ),
    ],
)

iam.Policy(
    "devs",
    description="Manage instances, and read everything else from the office",
    group_id=devs.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["InstancesFullAccess"],
            project_ids=[PROJECTS["data platform"], PROJECTS["web"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["AllProductsReadOnly"],
            all_projects=True,
            condition=(
                iam.conditions.ip("203.0.113.7")
                & iam.conditions.hours(8, 19, zone="Europe/Paris")
            ),
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["IAMReadOnly", "ProjectReadOnly"],
            organization_id=ORGANIZATION_ID,
        ),
    ],
)

iam.Policy("nobody", no_principal=True)

# API keys
iam.APIKey("alice", user_id=alice.id, default_project_id=PROJECTS["web"])

iam.APIKey(
    "ci-key",
    application_id=ci.id,
    description="CI key",
    default_project_id=PROJECTS["web"],
    expires_at="2031-01-31T00:00:00Z",
)

# SSH keys
iam.SSHKey(
    "alices-laptop",
    name="alice's laptop",
    public_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER",
    project_id=PROJECTS["web"],
)

# Memberships
iam.GroupMembership("on-call-alice", group_id=on_call.id, user_id=alice.id)
iam.GroupMembership("on-call-ci", group_id=on_call.id, application_id=ci.id)

# Security settings
iam.OrganizationSecuritySettings("security-settings", login_attempts_before_locked=5)

# SAML configurations
saml_configuration = iam.SAML("saml-configuration", entity_id="https://idp.example.com")

# SAML certificates
iam.SAMLCertificate(
    "saml-certificate",
    saml_id=saml_configuration.id,
    type="signing",
    content=(
        "-----BEGIN CERTIFICATE-----\n"
        "MIIBCTCBr6ADAgECAgEBMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA2lkcDAeFw0y\n"
        "MDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBaMA4xDDAKBgNVBAMMA2lkcDBZMBMG\n"
        "ByqGSM49AgEGCCqGSM49AwEHA0IABA+PbToCA7LcoG+nKktblQp8903Avxt6yjWL\n"
        "hosLOQrrxmc/GVnKQCdd0Q6E+Otp+6kwNqCFpMHAWs9z8YAJ2HcwCgYIKoZIzj0E\n"
        "AwIDSQAwRgIhAKZa2p4aVSdJRkqme9G6jmPmBIz+6EJ/4TBDrGUSQLjMAiEA9MzH\n"
        "r67wViojoIj+9xfpF5DRLLmbOgf/m0T3ExqQ6LY=\n"
        "-----END CERTIFICATE-----\n"
    ),
)

# SCIM configurations
scim_configuration = iam.SCIM("scim-configuration")

# SCIM tokens
iam.SCIMToken("scim-token", scim_id=scim_configuration.id)
