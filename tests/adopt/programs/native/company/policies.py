"""Policies of the organization."""

import pulumi_scw_iam_native as iam

import applications
import groups
from ids import ORGANIZATION_ID, PROJECTS

iam.Policy(
    "everyone",
    group_id=groups.everyone.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ProjectReadOnly"],
            organization_id=ORGANIZATION_ID,
        ),
    ],
)

iam.Policy(
    "leads",
    group_id=groups.leads.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["InstancesFullAccess"],
            project_ids=[PROJECTS["shop-fr"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["InstancesFullAccess"],
            project_ids=[PROJECTS["shop-de"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["InstancesFullAccess"],
            project_ids=[PROJECTS["shop-it"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["InstancesFullAccess"],
            project_ids=[PROJECTS["shop-es"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["VPCFullAccess"],
            project_ids=[PROJECTS["shop-fr"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["VPCFullAccess"],
            project_ids=[PROJECTS["shop-de"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["VPCFullAccess"],
            project_ids=[PROJECTS["shop-it"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["VPCFullAccess"],
            project_ids=[PROJECTS["shop-es"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["RelationalDatabasesFullAccess"],
            project_ids=[PROJECTS["shop-fr"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["RelationalDatabasesFullAccess"],
            project_ids=[PROJECTS["shop-de"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["RelationalDatabasesFullAccess"],
            project_ids=[PROJECTS["shop-it"]],
        ),
        iam.PolicyRuleArgs(
            permission_set_names=["RelationalDatabasesFullAccess"],
            project_ids=[PROJECTS["shop-es"]],
        ),
    ],
)

iam.Policy(
    "robot-0",
    application_id=applications.robot_fr.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ObjectStorageFullAccess"],
            project_ids=[PROJECTS["shop-fr"]],
        ),
    ],
)

iam.Policy(
    "robot-1",
    application_id=applications.robot_de.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ObjectStorageFullAccess"],
            project_ids=[PROJECTS["shop-de"]],
        ),
    ],
)

iam.Policy(
    "robot-2",
    application_id=applications.robot_it.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ObjectStorageFullAccess"],
            project_ids=[PROJECTS["shop-it"]],
        ),
    ],
)

iam.Policy(
    "robot-3",
    application_id=applications.robot_es.id,
    rules=[
        iam.PolicyRuleArgs(
            permission_set_names=["ObjectStorageFullAccess"],
            project_ids=[PROJECTS["shop-es"]],
        ),
    ],
)
