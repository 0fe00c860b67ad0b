#include "server/job_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace lab::server {
namespace {

using std::chrono::milliseconds;

ChatRequest named(const std::string& model) {
  ChatRequest request;
  request.model = model;
  return request;
}

std::string read_all(Job& job) {
  std::string all, text;
  bool over = false;
  while (!over) {
    over = job.wait(milliseconds(1000), text);
    all += text;
  }
  return all;
}

TEST(JobQueue, AnswersInTheOrderOfArrivalOneAtATime) {
  std::atomic<int> at_once{0}, most{0};
  std::vector<std::string> order;
  JobQueue queue([&](const ChatRequest& request, const TextTaker& take) -> std::expected<Answered, ApiError> {
    most = std::max(most.load(), ++at_once);
    order.push_back(request.model);
    for (const char* word : {"a ", "b ", "c"}) take(word);
    --at_once;
    return Answered{1, 3, false};
  }, 8);
  std::vector<std::shared_ptr<Job>> jobs;
  for (const char* name : {"1", "2", "3", "4"}) jobs.push_back(queue.submit(named(name)));
  for (const auto& job : jobs) {
    EXPECT_EQ(read_all(*job), "a b c");
    EXPECT_EQ(job->outcome()->completion_tokens, 3);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"1", "2", "3", "4"}));
  EXPECT_EQ(most, 1);
}

TEST(JobQueue, IsLimitedAndGivesPlacesOfTheGoneToOthers) {
  std::promise<void> begun, go;
  JobQueue queue([&](const ChatRequest& request, const TextTaker&) -> std::expected<Answered, ApiError> {
    if (request.model == "first") {
      begun.set_value();
      go.get_future().wait();
    }
    return Answered{};
  }, 2);
  const auto first = queue.submit(named("first"));
  begun.get_future().wait();
  const auto second = queue.submit(named("second")), third = queue.submit(named("third"));
  ASSERT_TRUE(second && third);
  EXPECT_EQ(queue.submit(named("fourth")), nullptr);
  second->cancel();
  const auto fifth = queue.submit(named("fifth"));
  EXPECT_NE(fifth, nullptr);
  go.set_value();
  read_all(*fifth);
}

TEST(JobQueue, EndsACancelledAnswerWithTheNextToken) {
  std::atomic<int> tokens{0};
  JobQueue queue([&](const ChatRequest&, const TextTaker& take) -> std::expected<Answered, ApiError> {
    while (take(tokens == 0 ? "word" : "")) {
      ++tokens;
      std::this_thread::sleep_for(milliseconds(1));
    }
    return Answered{};
  }, 2);
  const auto job = queue.submit(named(""));
  std::string text;
  while (text.empty()) job->wait(milliseconds(1000), text);
  job->cancel();
  const int at_cancel = tokens;
  while (!job->wait(milliseconds(1000), text)) {}
  EXPECT_LE(tokens, at_cancel + 1);
}

TEST(JobQueue, IsNotHeldUpByWhoDoesNotRead) {
  JobQueue queue([](const ChatRequest&, const TextTaker& take) -> std::expected<Answered, ApiError> {
    for (int i = 0; i < 10'000; ++i) take("a long answer ");
    return Answered{};
  }, 2);
  const auto unread = queue.submit(named("")), other = queue.submit(named(""));
  EXPECT_EQ(read_all(*other).size(), 140'000u);
  EXPECT_EQ(read_all(*unread).size(), 140'000u);
}

TEST(JobQueue, PassesErrorsOn) {
  JobQueue queue([](const ChatRequest& request, const TextTaker&) -> std::expected<Answered, ApiError> {
    if (request.model.empty()) throw std::bad_alloc();
    return std::unexpected(ApiError{400, "too long", "messages", {}});
  }, 2);
  const auto wrong = queue.submit(named("x")), memory = queue.submit(named(""));
  read_all(*wrong);
  read_all(*memory);
  EXPECT_EQ(wrong->outcome().error().param, "messages");
  EXPECT_EQ(memory->outcome().error().status, 500);
}

TEST(JobQueue, EndsWhileAnAnswerIsBeingMade) {
  std::promise<void> begun;
  {
    JobQueue queue([&](const ChatRequest&, const TextTaker& take) -> std::expected<Answered, ApiError> {
      begun.set_value();
      while (take("")) std::this_thread::sleep_for(milliseconds(1));
      return Answered{};
    }, 2);
    queue.submit(named(""));
    begun.get_future().wait();
  }
  SUCCEED() << "the destructor came back";
}

}  // namespace
}  // namespace lab::server
