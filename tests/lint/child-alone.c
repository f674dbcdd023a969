/* What tests/lint/child-alone.sh links: the child's side, whole, and nothing of the host's. Never run. */
#include "child/child.h"

int main(void)
{
	child_run(0, 0);
}
