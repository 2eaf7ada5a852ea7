#include "node/disk.h"

#include <stddef.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

/* As in linux/magic.h. */
static const struct {
	unsigned long type;
	const char *name;
} KINDS[] = {
    {0x6969, "NFS"}, {0xff534d42, "SMB"}, {0xfe534d42, "SMB"}, {0x517b, "SMB"},
    {0x5346414f, "AFS"}, {0x00c36400, "Ceph"}, {0x01021997, "9P"},
};

const char *disk_remote_type(unsigned long type)
{
	for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
		if (KINDS[i].type == type)
			return KINDS[i].name;
	return NULL;
}

const char *disk_remote(const char *path)
{
	struct statfs st;
	/* f_type is signed, and on some machines 64 bits wide */
	return statfs(path, &st) ? NULL : disk_remote_type((unsigned long)st.f_type & 0xffffffff);
}

bool disk_has_room(const char *path, uint64_t bytes)
{
	struct statvfs st;
	return statvfs(path, &st) || (uint64_t)st.f_bavail * st.f_frsize >= bytes;
}
