"""Applications of the organization."""

import pulumi_scw_iam as iam

robot_de = iam.Application("robot-de")
robot_es = iam.Application("robot-es")
robot_fr = iam.Application("robot-fr")
robot_it = iam.Application("robot-it")
