"""The policy pack with all guardrails: `pulumi up --policy-pack "$(pulumi-scw-iam path policy-pack)"`."""

from pulumi_policy import PolicyPack

from pulumi_scw_iam import guardrails

PolicyPack("scw-iam", guardrails.every_policy())
