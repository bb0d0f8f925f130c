#include "plan.h"

#include <string>

#include "errors.h"

namespace rerank {
namespace {

void Check(bool holds, const char* expected) {
  if (!holds) throw InvalidArgument(std::string("a plan is wrong: ") + expected);
}

void CheckRows(const Plan& plan) {
  const auto within = [&](int64_t first, int64_t count) { return first >= 0 && count >= 0 && first + count <= plan.rows(); };
  Check(plan.positions.size() == plan.ids.size(), "each row has an id and a position");
  int64_t scored = 0;
  for (const Segment& segment : plan.segments) {
    if (segment.scored_row >= 0) ++scored;
    if (segment.kept != nullptr) Check(segment.length == segment.kept->tokens(), "a kept segment has as many rows as its keys");
    else Check(within(segment.start, segment.length), "a segment lies within the rows");
    if (segment.store != nullptr) Check(segment.length == segment.store->tokens(), "a stored segment has as many rows as its keys");
  }
  Check(scored == static_cast<int64_t>(plan.scored_rows.size()), "each scored segment has a scored row");
  for (const int64_t row : plan.scored_rows) Check(within(row, 1), "a scored row is one of the rows");
  for (const int32_t position : plan.positions) Check(position >= 0, "a position is not negative");
}

}  // namespace

void PreparePlan(Plan& plan) {
  CheckRows(plan);
  for (size_t index = 0; index < plan.segments.size(); ++index) {
    Segment& segment = plan.segments[index];
    for (const int64_t ancestor : segment.ancestors) {
      Check(ancestor >= 0 && ancestor < static_cast<int64_t>(index), "an ancestor comes before its segment");
      segment.prefix_keys += plan.segments[static_cast<size_t>(ancestor)].length;
    }
  }
  for (const int64_t row : plan.scored_rows) plan.scored_positions.push_back(plan.positions[static_cast<size_t>(row)]);
}

}  // namespace rerank
