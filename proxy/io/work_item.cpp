#include "proxy/io/work_item.h"

#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

class WorkItem final : public Operation {
  public:
    WorkItem(EventLoop& loop, std::function<void()> work, std::function<void()> completion)
        : job_(new Job{{}, std::move(work), std::move(completion), this}) {
        job_->uv.data = job_;
        uv_check(uv_queue_work(loop.uv(), &job_->uv, &WorkItem::run, &WorkItem::finished), "uv_queue_work");
    }

    ~WorkItem() override {
        if (!job_) return;
        job_->owner = nullptr;
        job_->completion = nullptr;
        uv_cancel(reinterpret_cast<uv_req_t*>(&job_->uv));  // fails when it has begun: then it ends unheard
    }

  private:
    struct Job {
        uv_work_t uv;
        std::function<void()> work;  // the pool's thread touches this one only
        std::function<void()> completion;
        WorkItem* owner;
    };

    static void run(uv_work_t* request) { static_cast<Job*>(request->data)->work(); }

    static void finished(uv_work_t* request, int) {
        const std::unique_ptr<Job> job(static_cast<Job*>(request->data));
        if (!job->owner) return;
        job->owner->job_ = nullptr;
        job->work = nullptr;
        const std::function<void()> completion = std::move(job->completion);
        completion();
    }

    Job* job_;  // the pool's until finished()
};

}  // namespace

OperationPtr start_work(EventLoop& loop, std::function<void()> work, std::function<void()> completion) {
    return std::make_unique<WorkItem>(loop, std::move(work), std::move(completion));
}

}  // namespace chainmend::proxy
