/* What is left of a browser whose engine is dead: the kernel kills the browser with
   its engine, and its own processes see it die - but one that is stopped sees
   nothing. They all have the private directory as their working directory, in their
   command line or in their environment. */
#ifndef ENGINE_LIVE_SURVIVORS_H
#define ENGINE_LIVE_SURVIVORS_H

/* SIGKILL to every process of this user that has to do with this private directory.
   Only for one that no living engine holds. */
void survivors_kill(const char *dir);

#endif
