/* What a run writes into its journal: the records that say what was intended,
   what was proved, and how everything ended. A record is the members of a JSON
   object; sequence, checksum and durability are the wire's business (wire.h,
   commit). Records carry labels, step names and the site's opaque ids, never a
   name, a note or a code. */
#ifndef ENGINE_BATCH_JOURNAL_H
#define ENGINE_BATCH_JOURNAL_H

#include "engine/batch/events.h"
#include "engine/call/call.h"
#include "engine/mdland/visit.h"

/* batch_hash tells one batch file from another. */
enum err_code journal_run_start(struct caller *c, uint64_t batch_hash, uint32_t total, struct err *err) MUST_USE;
enum err_code journal_pinned(struct caller *c, struct visit_label visit, const struct visit_facts *facts, struct err *err) MUST_USE;
enum err_code journal_intent(struct caller *c, struct visit_label visit, uint32_t attempt, enum step step, struct err *err) MUST_USE;
enum err_code journal_result(struct caller *c, struct visit_label visit, uint32_t attempt, enum step step,
                             const char *verdict, struct err *err) MUST_USE;
/* Ends an attempt; `outcome` is NULL while more attempts may follow. */
enum err_code journal_attempt(struct caller *c, struct visit_label visit, uint32_t attempt, enum kind kind,
                              const char *outcome, struct err *err) MUST_USE;
enum err_code journal_run_end(struct caller *c, enum batch_outcome outcome, enum kind kind, struct err *err) MUST_USE;

#endif
