"""What narrators let be published: texts that were read back to them, and each use of one."""
