// SoftCap(x, cap) = cap * tanh(x / cap): near x where x is small, and never beyond the cap.

#include <cmath>

#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

absl::Status CappedShape(InferenceContext* context) {
  ShapeHandle scalar;
  TF_RETURN_IF_ERROR(context->WithRank(context->input(1), 0, &scalar));
  context->set_output(0, context->input(0));
  return absl::OkStatus();
}

template <typename T>
class SoftCapOp : public OpKernel {
 public:
  explicit SoftCapOp(OpKernelConstruction* construction) : OpKernel(construction) {}

  void Compute(OpKernelContext* context) override {
    const Tensor& x = context->input(0);
    const Tensor& cap = context->input(1);
    OP_REQUIRES(context, cap.dims() == 0,
                absl::InvalidArgumentError("cap must be a scalar, but got shape " +
                                           cap.shape().DebugString()));
    Tensor* capped = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &capped));
    const auto from = x.flat<T>();
    auto to = capped->flat<T>();
    const T limit = cap.scalar<T>()();
    for (int64_t i = 0; i < from.size(); ++i) {
      to(i) = limit * std::tanh(from(i) / limit);
    }
  }
};

}  // namespace

#define REGISTER_SOFT_CAP(NAME)                                                \
  REGISTER_OP(NAME)                                                            \
      .Attr("T: {float, double}")                                              \
      .Input("x: T")                                                           \
      .Input("cap: T")                                                         \
      .Output("capped: T")                                                     \
      .SetShapeFn(CappedShape);                                                \
  REGISTER_KERNEL_BUILDER(                                                     \
      Name(NAME).Device(tensorflow::DEVICE_CPU).TypeConstraint<float>("T"),    \
      SoftCapOp<float>);                                                       \
  REGISTER_KERNEL_BUILDER(                                                     \
      Name(NAME).Device(tensorflow::DEVICE_CPU).TypeConstraint<double>("T"),   \
      SoftCapOp<double>)

// One kernel under two names: the gradient of the first was wrong when it was released, and a
// graph that was saved with it must still load.
REGISTER_SOFT_CAP("SoftCap");
REGISTER_SOFT_CAP("SoftCapV2");
