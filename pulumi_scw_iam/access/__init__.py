"""Access: the permissions of users, applications and groups, with the policies that give them."""
