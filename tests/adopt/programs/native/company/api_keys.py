"""API keys of the organization."""

import pulumi_scw_iam_native as iam

import applications

iam.APIKey("robot-de", application_id=applications.robot_de.id)
iam.APIKey("robot-es", application_id=applications.robot_es.id)
iam.APIKey("robot-fr", application_id=applications.robot_fr.id)
iam.APIKey("robot-it", application_id=applications.robot_it.id)
